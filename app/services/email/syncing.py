"""Reading mailboxes: what is new, what is marked, what is gone; and telling what was read here.

A folder is read from its lowest number up, a batch at a time: the batch and how far the folder is read are one
transaction, so whatever ends a look, the next one goes on behind the last batch.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import uuid4

from app.core.errors import ApiError
from app.db.database import Database
from app.services.email import mailbox
from app.services.email import sync_repository as repository
from app.services.email.accounts import Accounts
from app.services.email.connections import Dialer, MailFault
from app.services.email.imap import Client, Session, imap
from app.services.email.mailbox import Summary
from app.services.email.message_schemas import SyncReport
from app.services.email.models import Account, Folder
from app.services.email.reading import Reader
from app.services.email.sending import columns
from app.services.email.sync_repository import Arrived

BATCH_MESSAGES = 100
BATCH_BYTES = 8_000_000
"""Of bodies in memory, and in one transaction; a single message may be larger."""

LOOK_SECONDS = 1800.0
"""After so long a look ends, and the next one goes on: a server that sends a byte a second holds a thread no longer."""


class LeaseLost(MailFault):
    """Another process reads this mailbox now, or the account is gone."""


@dataclass
class Look:
    """One look at a mailbox, and what it found so far."""

    account: Account
    session: Session
    client: Client
    lease: str
    left: int
    new: int = 0
    changed: int = 0
    removed: int = 0
    told: int = 0
    more: bool = False


@dataclass
class Syncing:
    """Reads mailboxes.

    Attributes:
        most: New messages of a folder in one look.
        most_bytes: A larger message is known by its headers only.
    """

    database: Database
    accounts: Accounts
    dialer: Dialer
    reader: Reader
    threads: ThreadPoolExecutor
    most: int
    most_bytes: int
    name: str = field(default_factory=lambda: uuid4().hex)

    async def claim(self, account_id: int) -> str | None:
        """Claim an account; return the lease, or None while somebody else reads its mailbox."""
        lease = f"{self.name}-{uuid4().hex[:8]}"
        async with self.database.transaction() as session:
            return lease if await repository.claim(session, account_id, lease) else None

    async def claim_due(self, seconds: float) -> tuple[Account, str] | None:
        """Claim the account whose mailbox was not read for longest, if that is `seconds` at least."""
        lease = f"{self.name}-{uuid4().hex[:8]}"
        async with self.database.transaction() as session:
            found = await repository.claim_due(session, lease, seconds)
        return None if found is None else (found, lease)

    async def sync(self, account: Account, lease: str) -> SyncReport:
        """Read the mailbox of a claimed account, and give the claim back whatever happens."""
        begun = time.perf_counter()
        look: Look | None = None
        error: str | None = "it was stopped before its end"
        try:
            async with (
                asyncio.timeout(LOOK_SECONDS),
                imap(self.threads, self.dialer, self.accounts.login(account, "imap")) as (session, client),
            ):
                look = Look(account, session, client, lease, self.most)
                await self._read(look)
            error = None
        except TimeoutError:
            error = f"it takes longer than {LOOK_SECONDS:g} s, and goes on the next time"
        except MailFault as fault:
            error = str(fault)
        except ApiError as refused:
            error = refused.detail
        finally:
            await asyncio.shield(
                self._release(account.id, lease, error, done=error is None and not (look and look.more))
            )
        took = round(1000 * (time.perf_counter() - begun), 1)
        counts = (look.new, look.changed, look.removed, look.told) if look else (0, 0, 0, 0)
        new, changed, removed, told = counts
        return SyncReport(
            account_id=account.id,
            new=new,
            changed=changed,
            removed=removed,
            told=told,
            more=bool(look and look.more),
            error=error,
            took_ms=took,
        )

    async def _release(self, account_id: int, lease: str, error: str | None, *, done: bool) -> None:
        async with self.database.transaction() as session:
            await repository.release(session, account_id, lease, error, done=done)

    async def _read(self, look: Look) -> None:
        async with self.database.transaction() as session:
            await repository.leave_folders(session, look.account.id, look.account.folders)
        for name in look.account.folders:
            await self._read_folder(look, name)

    async def _read_folder(self, look: Look, name: str) -> None:
        async with self.database.transaction() as session:
            folder = await repository.folder(session, look.account.id, name)
            tell = await repository.pending(session, folder.id)
        writing = any(tell.values())
        selected = await look.session.run(lambda: mailbox.select(look.client, name, readonly=not writing))
        if folder.uid_validity != selected.uid_validity:
            async with self.database.transaction() as session:
                look.removed += await repository.begin_again(session, folder.id, selected.uid_validity)
            folder.last_uid = folder.mod_seq = 0
            tell = {}
        await self._tell(look, folder, tell)
        await self._compare(look, folder, selected.mod_seq)
        await self._take_new(look, folder)

    async def _tell(self, look: Look, folder: Folder, tell: dict[bool, list[int]]) -> None:
        """Tell the mail server what was read here."""
        for seen, uids in tell.items():
            if uids:
                await look.session.run(lambda uids=uids, seen=seen: mailbox.mark(look.client, uids, seen=seen))  # type: ignore[misc]
                async with self.database.transaction() as session:
                    await repository.told(session, folder.id, uids, seen=seen)
                look.told += len(uids)

    async def _compare(self, look: Look, folder: Folder, mod_seq: int) -> None:
        """Take over what is marked at the mail server, and forget what is gone there."""
        if not folder.last_uid:  # what is read from now on is as new as this at least
            async with self.database.transaction() as session:
                await repository.set_flags(session, folder.id, {}, mod_seq)
            return
        last, before = folder.last_uid, folder.mod_seq
        there = await look.session.run(lambda: mailbox.present(look.client, last))
        async with self.database.transaction() as session:
            ours = await repository.uids(session, folder.id)
            known = await repository.known(session, folder.id)
        if gone := ours - there:
            async with self.database.transaction() as session:
                await repository.remove(session, folder.id, gone)
            look.removed += len(gone)
        if mod_seq and before:
            if mod_seq == before:
                return
            asked = await look.session.run(lambda: mailbox.changed(look.client, last, before))
        else:
            asked = sorted(known)
        marked = await look.session.run(lambda: mailbox.flags(look.client, [uid for uid in asked if uid in known]))
        different = {uid: flags for uid, flags in marked.items() if known[uid] != flags}
        async with self.database.transaction() as session:
            await repository.set_flags(session, folder.id, different, mod_seq)
        look.changed += len(different)

    async def _take_new(self, look: Look, folder: Folder) -> None:
        last = folder.last_uid
        uids = await look.session.run(lambda: mailbox.newer(look.client, last))
        if len(uids) > look.left:
            look.more, uids = True, uids[: look.left]
        look.left -= len(uids)
        for start in range(0, len(uids), mailbox.AT_ONCE):
            part = uids[start : start + mailbox.AT_ONCE]
            found = await look.session.run(lambda part=part: mailbox.summaries(look.client, part))  # type: ignore[misc]
            wanted = set(part)
            for batch in batches([item for item in found if item.uid in wanted], self.most_bytes):
                arrived = await self._fetch(look, folder, batch)
                await self._keep(look, folder, arrived, batch[-1].uid)
            await self._keep(look, folder, [], part[-1])

    async def _keep(self, look: Look, folder: Folder, arrived: Sequence[Arrived], last: int) -> None:
        async with self.database.transaction() as session:
            if not await repository.hold(session, look.account.id, look.lease):
                raise LeaseLost("another process reads this mailbox now, or the account is gone")
            look.new += await repository.keep(session, look.account.id, folder.id, arrived, last)

    async def _fetch(self, look: Look, folder: Folder, batch: Sequence[Summary]) -> list[Arrived]:
        """Return the messages of a batch as they are to be kept."""
        if is_large(batch[0], self.most_bytes):
            uid = batch[0].uid
            raw = {uid: await look.session.run(lambda: mailbox.headers(look.client, uid))}
        else:
            size = sum(item.size for item in batch)
            uids = [item.uid for item in batch]
            raw = await look.session.run(lambda: mailbox.bodies(look.client, uids, size))
        there = [item for item in batch if item.uid in raw]
        return list(await asyncio.gather(*(self._arrived(look, folder, item, raw[item.uid]) for item in there)))

    async def _arrived(self, look: Look, folder: Folder, summary: Summary, raw: bytes) -> Arrived:
        letter = await self.reader.read(raw)
        large = is_large(summary, self.most_bytes)
        flags = summary.flags
        row = columns(look.account, letter, summary.received_at, summary.size) | {
            "folder_id": folder.id,
            "uid": summary.uid,
            "outgoing": letter.sender == look.account.address.lower(),
            "state": "large" if large else "whole" if letter.whole else "unreadable",
            "seen": flags.seen,
            "flagged": flags.flagged,
            "answered": flags.answered,
        }
        return Arrived(row, letter.files)


def is_large(summary: Summary, most_bytes: int) -> bool:
    """Whether only the headers of a message are read."""
    return summary.size > most_bytes


def batches(found: Sequence[Summary], most_bytes: int) -> Iterator[list[Summary]]:
    """Cut messages into lists that are fetched and kept together; a large one is alone."""
    part: list[Summary] = []
    size = 0
    for item in found:
        large = is_large(item, most_bytes)
        if part and (large or len(part) == BATCH_MESSAGES or size + item.size > BATCH_BYTES):
            yield part
            part, size = [], 0
        part.append(item)
        size += item.size
        if large:
            yield part
            part, size = [], 0
    if part:
        yield part
