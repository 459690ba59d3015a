"""A private directory for PostgreSQL's unix socket, with a path short enough for one."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from app.db.embedded.launcher import Account
from app.db.embedded.layout import Layout

# sockaddr_un.sun_path holds 107 bytes and a NUL on Linux, 103 on macOS; `/.s.PGSQL.32000` takes 16.
_LONGEST = 103 - 16


def socket_directory(layout: Layout, account: Account) -> Path:
    """Return a directory with mode 0700 that belongs to the account of PostgreSQL.

    It lies in the data directory if its path is short enough for a socket, else below `$XDG_RUNTIME_DIR` or
    the temporary directory.

    Raises:
        OSError: It cannot be created.
    """
    near = layout.run / "postgres"
    if len(os.fsencode(near)) <= _LONGEST:
        return _make_private(near, account)
    key = hashlib.sha256(os.fsencode(layout.data_dir)).hexdigest()[:12]
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    # The runtime directory is closed to any account but ours.
    use_runtime = runtime.is_absolute() and runtime.is_dir() and account.uid < 0
    parent = runtime if use_runtime else Path(tempfile.gettempdir())
    try:
        return _make_private(parent / f"reynard-{os.getuid()}-{key}", account)
    except PermissionError:
        # Someone else was there first, perhaps on purpose: take a name nobody could foresee.
        return _make_private(Path(tempfile.mkdtemp(prefix="reynard-", dir=parent)), account)


def _make_private(directory: Path, account: Account) -> Path:
    try:
        directory.mkdir(mode=0o700)
        os.chown(directory, account.uid, account.gid)
    except FileExistsError:
        pass
    status = directory.lstat()
    expected = {account.uid} if account.uid >= 0 else {os.geteuid()}
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in expected:
        if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid():
            os.chown(directory, account.uid, account.gid)
            return directory
        raise PermissionError(f"{directory} belongs to someone else")
    directory.chmod(0o700)
    return directory
