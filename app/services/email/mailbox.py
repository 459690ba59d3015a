"""What is asked of a mailbox; every function blocks, and belongs into `Session.run`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.services.email.imap import Client

AT_ONCE = 500
"""Messages of one command: their numbers are 5 KB, and servers take lines of 8 KB at least."""

SUMMARY = ("FLAGS", "RFC822.SIZE", "INTERNALDATE")
MOST_FOLDERS = 200
SELECTABLE = b"\\Noselect"


@dataclass(frozen=True, slots=True)
class Selected:
    """A folder as it is now; `mod_seq` is 0 where the server does not count changes (CONDSTORE)."""

    uid_validity: int
    mod_seq: int


@dataclass(frozen=True, slots=True)
class Flags:
    """What is marked of a message."""

    seen: bool
    flagged: bool
    answered: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What a server says of a message; `size` in bytes, as it claims."""

    uid: int
    size: int
    flags: Flags
    received_at: datetime


def folders(client: Client) -> list[str]:
    """Return the names of the folders that hold messages."""
    client.allow(0)
    found = client.list_folders()
    return sorted(str(name) for flags, _, name in found if SELECTABLE not in flags)[:MOST_FOLDERS]


def select(client: Client, folder: str, *, readonly: bool) -> Selected:
    """Open a folder."""
    client.allow(0)
    found = client.select_folder(folder, readonly=readonly)
    counted = found.get(b"HIGHESTMODSEQ", 0) if client.has_capability("CONDSTORE") else 0
    return Selected(int(found[b"UIDVALIDITY"]), int(counted))


def newer(client: Client, uid: int) -> list[int]:
    """Return the numbers of the messages after `uid`, rising. A range to `*` names the last one in any case."""
    client.allow(0)
    return sorted({int(found) for found in client.search(["UID", f"{uid + 1}:*"]) if int(found) > uid})


def present(client: Client, last: int) -> set[int]:
    """Return which numbers up to `last` are there."""
    client.allow(0)
    return {int(found) for found in client.search(["UID", f"1:{last}"])}


def changed(client: Client, last: int, mod_seq: int) -> list[int]:
    """Return which messages up to `last` changed since `mod_seq`."""
    client.allow(0)
    return [int(found) for found in client.search(["MODSEQ", str(mod_seq + 1), "UID", f"1:{last}"])]


def flags(client: Client, uids: Sequence[int]) -> dict[int, Flags]:
    """Return the flags of these messages."""
    client.allow(0)
    found: dict[int, Flags] = {}
    for part in batched_list(uids):
        found |= {uid: flags_of(item) for uid, item in client.fetch(part, ["FLAGS"]).items() if b"FLAGS" in item}
    return found


def summaries(client: Client, uids: Sequence[int]) -> list[Summary]:
    """Return what the server says of these messages, by rising number; those that are gone are missing."""
    client.allow(0)
    found = client.fetch(uids, SUMMARY)
    return [
        Summary(uid, int(item[b"RFC822.SIZE"]), flags_of(item), moment(item.get(b"INTERNALDATE")))
        for uid, item in sorted(found.items())
        if b"RFC822.SIZE" in item
    ]


def bodies(client: Client, uids: Sequence[int], size: int) -> dict[int, bytes]:
    """Return whole messages, which are said to have `size` bytes together; they do not become read by it."""
    client.allow(size)
    return contents(client.fetch(uids, ["BODY.PEEK[]"]), b"BODY[]")


def headers(client: Client, uid: int) -> bytes:
    """Return the headers of one message."""
    client.allow(0)
    return contents(client.fetch([uid], ["BODY.PEEK[HEADER]"]), b"BODY[HEADER]").get(uid, b"")


def mark(client: Client, uids: Sequence[int], *, seen: bool) -> None:
    """Tell that these messages were read, or not."""
    client.allow(0)
    for part in batched_list(uids):
        (client.add_flags if seen else client.remove_flags)(part, [b"\\Seen"], silent=True)


def contents(found: dict[int, dict[bytes, object]], key: bytes) -> dict[int, bytes]:
    """Return the bytes under a key; a server may answer NIL for an empty message."""
    return {uid: bytes(value) if isinstance(value := item.get(key), bytes) else b"" for uid, item in found.items()}


def flags_of(item: dict[bytes, Iterable[bytes]]) -> Flags:
    """Return the flags in an answer; their case does not matter."""
    known = {flag.lower() for flag in item.get(b"FLAGS", ()) if isinstance(flag, bytes)}
    return Flags(b"\\seen" in known, b"\\flagged" in known, b"\\answered" in known)


def moment(value: object) -> datetime:
    """Return when the server received a message, or now if it does not say."""
    return value if isinstance(value, datetime) and value.tzinfo is not None else datetime.now(UTC)


def batched_list(uids: Sequence[int]) -> Iterator[list[int]]:
    """Cut numbers into lists of `AT_ONCE`."""
    for start in range(0, len(uids), AT_ONCE):
        yield list(uids[start : start + AT_ONCE])
