"""What administrators do with the accounts of others, and what they may look up."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Caller, Role
from app.core.accounts import Removal
from app.db.database import Database
from app.services.gatekeeper import audit_repository, repository, session_repository, token_repository
from app.services.gatekeeper.admin_schemas import AuditFilter, Revoked, UserQuery
from app.services.gatekeeper.audit import note
from app.services.gatekeeper.errors import EmailTaken, LastAdministrator, UnknownUser
from app.services.gatekeeper.events import Event
from app.services.gatekeeper.live_callers import LiveCallers
from app.services.gatekeeper.models import User
from app.services.gatekeeper.origin import Origin
from app.services.gatekeeper.revocations import tell_changed


class Administration:
    """Shows, changes and deletes accounts; shows the audit log."""

    def __init__(self, database: Database, live: LiveCallers) -> None:
        self._database = database
        self._live = live
        self._removals: list[Removal] = []

    def before_deletion(self, removal: Removal) -> Callable[[], None]:
        """See `app.core.accounts.AccountKeeper`."""
        self._removals.append(removal)
        return lambda: self._removals.remove(removal)

    async def users(self, wanted: UserQuery) -> tuple[int, Sequence[Any]]:
        """Return how many accounts fit, and a part of them, the oldest first."""
        async with self._database.reading() as connection:
            return await repository.listed(connection, wanted.q, wanted.limit, wanted.offset)

    async def user(self, user_id: UUID) -> User:
        """Return an account.

        Raises:
            UnknownUser: There is none of that id.
        """
        async with self._database.transaction() as session:
            return await existing(session, user_id)

    async def change(self, user_id: UUID, changes: dict[str, Any], by: Caller, origin: Origin) -> User:
        """Change an account. Switching it off ends its sessions; its tokens rest until it is switched on again.

        Raises:
            UnknownUser: There is none of that id.
            LastAdministrator: Nobody would be left who may administrate.
            EmailTaken: The address belongs to another account.
        """
        goes = changes.get("role", Role.admin) is not Role.admin or not changes.get("is_active", True)
        try:
            async with self._database.transaction() as session:
                if goes:
                    await keep_an_administrator(session, user_id)
                user = await existing(session, user_id)
                changed = await repository.change_user(session, user_id, changes)
                ended = None
                if changes.get("is_active") is False:
                    ended = await session_repository.revoke_all(session, user_id, "account switched off")
                told = {name: changes[name] for name in ("role", "is_active") if name in changes}
                await note(
                    session, Event.user_changed, origin, of=user, by=by, fields=sorted(changes), sessions=ended, **told
                )
                await tell_changed(session, user_id)
        except IntegrityError as error:
            raise EmailTaken("Email already registered") from error
        self._live.forget(user_id)
        return changed or user

    async def delete(self, user_id: UUID, by: Caller, origin: Origin) -> User:
        """Delete an account, with its sessions and tokens and what it owns elsewhere; return what it was.

        Raises:
            UnknownUser: There is none of that id.
            LastAdministrator: Nobody would be left who may administrate.
        """
        async with self._database.transaction() as session:
            await existing(session, user_id)
            await keep_an_administrator(session, user_id)
        for removal in self._removals:
            await removal(user_id)
        async with self._database.transaction() as session:
            await keep_an_administrator(session, user_id)
            user = await repository.delete_user(session, user_id)
            if user is None:
                raise UnknownUser(f"There is no account {user_id}.")
            await note(session, Event.user_deleted, origin, of=user, by=by, role=user.role)
            await tell_changed(session, user_id)
        self._live.forget(user_id)
        return user

    async def revoke(self, user_id: UUID, by: Caller, origin: Origin) -> Revoked:
        """End every session of an account and delete its personal access tokens.

        Raises:
            UnknownUser: There is none of that id.
        """
        async with self._database.transaction() as session:
            user = await existing(session, user_id)
            sessions = await session_repository.revoke_all(session, user_id, "revoked by an administrator")
            tokens = await token_repository.remove_all(session, user_id)
            await note(session, Event.tokens_revoked, origin, of=user, by=by, sessions=sessions, tokens=tokens)
            await tell_changed(session, user_id)
        self._live.forget(user_id)
        return Revoked(sessions=sessions, tokens=tokens)

    async def log(self, wanted: AuditFilter) -> tuple[int, Sequence[Any]]:
        """Return how many entries of the audit log fit, and a part of them, the newest first."""
        async with self._database.reading() as connection:
            return await audit_repository.listed(connection, wanted)


async def existing(session: AsyncSession, user_id: UUID) -> User:
    """Return an account.

    Raises:
        UnknownUser: There is none of that id.
    """
    user = await repository.get_user(session, user_id)
    if user is None:
        raise UnknownUser(f"There is no account {user_id}.")
    return user


async def keep_an_administrator(session: AsyncSession, leaving: UUID) -> None:
    """Make sure, until the transaction ends, that an active administrator is left besides this account.

    Raises:
        LastAdministrator: It is the only one.
    """
    if list(await repository.lock_administrators(session)) == [leaving]:
        raise LastAdministrator("This is the last active administrator: make another one first.")
