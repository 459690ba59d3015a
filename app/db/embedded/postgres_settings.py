"""How the embedded PostgreSQL is tuned: a developer's machine, bulk loads, nothing acknowledged is lost."""

import shutil
from pathlib import Path

SETTINGS_FILE = "reynard.conf"

_SETTINGS = """\
# Written anew at every start. To change one, append it to postgresql.conf or use ALTER SYSTEM.
max_connections = 200
shared_buffers = 256MB
huge_pages = off
dynamic_shared_memory_type = {dynamic_shared_memory_type}
work_mem = 16MB
maintenance_work_mem = 256MB
effective_cache_size = 2GB
random_page_cost = 1.1
jit = off

fsync = on
synchronous_commit = on
wal_level = minimal
max_wal_senders = 0
max_logical_replication_workers = 0
max_wal_size = 2GB
checkpoint_timeout = 15min

password_encryption = scram-sha-256
log_destination = stderr
logging_collector = off
log_timezone = UTC
timezone = UTC
log_line_prefix = '%m [%p] %q%u@%d '
"""

# A parallel HNSW build allocates up to maintenance_work_mem of shared memory per index, two at a time.
_ROOMY_BYTES = 512 * 1024 * 1024


def settings_text() -> str:
    """Return the settings for this machine.

    Where `/dev/shm` is small (64 MB is a container's default), shared memory lies in files instead: a
    parallel index build would fail with "could not resize shared memory segment".
    """
    shared_memory = Path("/dev/shm")  # noqa: S108 -- only its size is looked at
    roomy = not shared_memory.exists() or shutil.disk_usage(shared_memory).free >= _ROOMY_BYTES
    return _SETTINGS.format(dynamic_shared_memory_type="posix" if roomy else "mmap")
