"""Queries of whoever reads a mailbox. They begin with an account that was claimed, so they take its id."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.email.account_repository import LEASE_SECONDS
from app.services.email.mailbox import Flags
from app.services.email.models import Account, Attachment, Folder, Message
from app.services.email.reading import File

CLAIMABLE = "imap IS NOT NULL AND (lease_until IS NULL OR lease_until < now())"

CLAIM_DUE = f"""
UPDATE email_accounts SET lease_owner = :lease, lease_until = now() + interval '{LEASE_SECONDS} s' WHERE id = (
    SELECT id FROM email_accounts
    WHERE {CLAIMABLE} AND coalesce(synced_at, '-infinity') < now() - make_interval(secs => :seconds)
      AND (sync_error IS NULL OR lease_until < now() - make_interval(secs => :seconds))
    ORDER BY synced_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""
"""The account whose mailbox was not read for longest. A lease that ended with an error is left as it was, so it tells
when that was, and a mailbox that fails is not asked more often than one that does not."""

CLAIM = f"""
UPDATE email_accounts SET lease_owner = :lease, lease_until = now() + interval '{LEASE_SECONDS} s'
WHERE id = :id AND {CLAIMABLE} RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message to keep: the columns of its row, and its files."""

    row: dict[str, object]
    files: list[File]


async def claim_due(session: AsyncSession, lease: str, seconds: float) -> Account | None:
    """Claim an account whose mailbox was not read for `seconds`."""
    found = await session.scalar(text(CLAIM_DUE), {"lease": lease, "seconds": seconds})
    return None if found is None else await session.get(Account, found)


async def claim(session: AsyncSession, account_id: int, lease: str) -> bool:
    """Claim an account; False if somebody else reads its mailbox now."""
    return await session.scalar(text(CLAIM), {"lease": lease, "id": account_id}) is not None


async def hold(session: AsyncSession, account_id: int, lease: str) -> bool:
    """Renew a claim, and lock the account's row; False if somebody else took it meanwhile, or it is gone."""
    found = await session.scalar(
        text(
            f"UPDATE email_accounts SET lease_until = now() + interval '{LEASE_SECONDS} s' "
            "WHERE id = :id AND lease_owner = :lease RETURNING id"
        ),
        {"id": account_id, "lease": lease},
    )
    return found is not None


async def release(session: AsyncSession, account_id: int, lease: str, error: str | None, *, done: bool) -> None:
    """Give a claim back, and note what came of it; `done`: the mailbox was read to its end."""
    await session.execute(
        text(
            "UPDATE email_accounts SET lease_owner = NULL, sync_error = :error, "
            "lease_until = CASE WHEN CAST(:error AS text) IS NULL THEN NULL ELSE now() END, "
            "synced_at = CASE WHEN CAST(:done AS bool) THEN now() ELSE synced_at END "
            "WHERE id = :id AND lease_owner = :lease"
        ),
        {"id": account_id, "lease": lease, "error": error, "done": done},
    )


async def folder(session: AsyncSession, account_id: int, name: str) -> Folder:
    """Return how far a folder was read; a new one was not."""
    await session.execute(insert_or_skip(Folder).values(account_id=account_id, name=name).on_conflict_do_nothing())
    return (await session.scalars(select(Folder).where(Folder.account_id == account_id, Folder.name == name))).one()


async def begin_again(session: AsyncSession, folder_id: int, uid_validity: int) -> int:
    """Forget the messages of a folder whose numbers mean other messages now; return how many they were."""
    gone = await session.scalars(delete(Message).where(Message.folder_id == folder_id).returning(Message.id))
    values = {"uid_validity": uid_validity, "last_uid": 0, "mod_seq": 0}
    await session.execute(update(Folder).where(Folder.id == folder_id).values(values))
    return len(gone.all())


async def leave_folders(session: AsyncSession, account_id: int, kept: Collection[str]) -> None:
    """Forget folders that are not chosen any more, with their messages."""
    await session.execute(delete(Folder).where(Folder.account_id == account_id, Folder.name.not_in(kept)))


async def keep(session: AsyncSession, account_id: int, folder_id: int, arrived: Sequence[Arrived], last: int) -> int:
    """Keep messages of a folder, which is then read up to `last`; return how many are new.

    What we sent ourselves is known already, without a folder: the message that the folder shows takes its place.
    """
    ours = [item.row["message_id"] for item in arrived if item.row["outgoing"] and item.row["message_id"]]
    if ours:
        await session.execute(
            delete(Message).where(
                Message.account_id == account_id, Message.folder_id.is_(None), Message.message_id.in_(ours)
            )
        )
    new: dict[int, int] = {}
    if arrived:
        wanted = insert_or_skip(Message).on_conflict_do_nothing().returning(Message.id, Message.uid)
        rows = await session.execute(wanted, [item.row for item in arrived])
        new = {row.uid: row.id for row in rows}
    for item in arrived:
        if (message_id := new.get(int(str(item.row["uid"])))) is not None:
            await keep_files(session, UUID(str(item.row["owner_id"])), message_id, item.files)
    await session.execute(update(Folder).where(Folder.id == folder_id).values(last_uid=last))
    return len(new)


async def keep_files(session: AsyncSession, owner_id: UUID, message_id: int, files: Sequence[File]) -> None:
    """Keep the files of a message."""
    if files:
        rows = [
            {
                "owner_id": owner_id,
                "message_id": message_id,
                "name": file.name,
                "media_type": file.media_type,
                "size": len(file.content),
                "content": file.content,
            }
            for file in files
        ]
        await session.execute(insert(Attachment), rows)


async def known(session: AsyncSession, folder_id: int) -> dict[int, Flags]:
    """Return the flags of the messages of a folder, but for those of which the mail server is still to be told."""
    asked = select(Message.uid, Message.seen, Message.flagged, Message.answered).where(
        Message.folder_id == folder_id, Message.seen_pending.is_(False)
    )
    return {row.uid: Flags(row.seen, row.flagged, row.answered) for row in await session.execute(asked)}


async def uids(session: AsyncSession, folder_id: int) -> set[int]:
    """Return the numbers of the messages that are known of a folder."""
    return {uid for uid in await session.scalars(select(Message.uid).where(Message.folder_id == folder_id)) if uid}


async def set_flags(session: AsyncSession, folder_id: int, found: dict[int, Flags], mod_seq: int) -> None:
    """Note what is marked at the mail server; what was marked here meanwhile stays."""
    await session.execute(
        text(
            "UPDATE email_messages m SET seen = d.seen, flagged = d.flagged, answered = d.answered "
            "FROM unnest(CAST(:uids AS bigint[]), CAST(:seen AS bool[]), CAST(:flagged AS bool[]), "
            "CAST(:answered AS bool[])) AS d(uid, seen, flagged, answered) "
            "WHERE m.folder_id = :folder AND m.uid = d.uid AND NOT m.seen_pending"
        ),
        {
            "folder": folder_id,
            "uids": list(found),
            "seen": [item.seen for item in found.values()],
            "flagged": [item.flagged for item in found.values()],
            "answered": [item.answered for item in found.values()],
        },
    )
    await session.execute(update(Folder).where(Folder.id == folder_id).values(mod_seq=mod_seq))


async def remove(session: AsyncSession, folder_id: int, gone: Collection[int]) -> None:
    """Forget messages that are not in the folder any more."""
    await session.execute(
        text("DELETE FROM email_messages WHERE folder_id = :folder AND uid = ANY(:uids)"),
        {"folder": folder_id, "uids": list(gone)},
    )


async def pending(session: AsyncSession, folder_id: int) -> dict[bool, list[int]]:
    """Return the messages of which the mail server is to be told that they were read (True) or not."""
    asked = select(Message.uid, Message.seen).where(Message.folder_id == folder_id, Message.seen_pending)
    found: dict[bool, list[int]] = {True: [], False: []}
    for row in await session.execute(asked):
        found[row.seen].append(row.uid)
    return found


async def told(session: AsyncSession, folder_id: int, numbers: Sequence[int], *, seen: bool) -> None:
    """Note that the mail server was told; one that was marked otherwise meanwhile is still to be told."""
    await session.execute(
        text(
            "UPDATE email_messages SET seen_pending = false "
            "WHERE folder_id = :folder AND uid = ANY(:uids) AND seen = :seen"
        ),
        {"folder": folder_id, "uids": list(numbers), "seen": seen},
    )
