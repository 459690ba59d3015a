"""Accounts: made, and changed by whose they are."""

from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError

from app.core.access import Caller, NotAuthenticated, Role
from app.db.database import Database
from app.services.gatekeeper import repository
from app.services.gatekeeper.audit import note
from app.services.gatekeeper.errors import EmailTaken, UsernameTaken
from app.services.gatekeeper.events import Event
from app.services.gatekeeper.models import User
from app.services.gatekeeper.origin import Origin
from app.services.gatekeeper.password_hasher import PasswordHasher
from app.services.gatekeeper.schemas import Registration

log = structlog.get_logger(__name__)


class Accounts:
    """Makes accounts, shows them to whose they are, and lets them be changed."""

    def __init__(self, database: Database, hasher: PasswordHasher, *, first_is_admin: bool) -> None:
        self._database = database
        self._hasher = hasher
        self._first_is_admin = first_is_admin

    async def register(self, request: Registration, origin: Origin) -> User:
        """Make an account; the first one in development is an administrator.

        Raises:
            UsernameTaken, EmailTaken: Another account has the name or the address.
            TooManyLogins: As many passwords wait as may.
        """
        password_hash = await self._hasher.hash(request.password)
        try:
            async with self._database.transaction() as session:
                first = self._first_is_admin and await repository.is_first_account(session)
                if found := await repository.taken(session, request.username, request.email):
                    raise duplicate(found.username.lower() == request.username.lower())
                user = User(
                    username=request.username,
                    email=request.email,
                    full_name=request.full_name,
                    role=Role.admin if first else Role.user,
                    password_hash=password_hash,
                )
                await repository.add_user(session, user)
                await note(session, Event.registered, origin, of=user, role=user.role)
        except IntegrityError as error:
            raise duplicate("uq_users_username" in str(error.orig)) from error
        log.info("registered", user_id=str(user.id), role=user.role)
        return user

    async def profile(self, caller: Caller) -> User:
        """Return the caller's account."""
        async with self._database.transaction() as session:
            user = await repository.get_user(session, caller.account)
        if user is None:
            raise NotAuthenticated("The account does not exist any more.")
        return user

    async def change_profile(self, caller: Caller, changes: dict[str, Any], origin: Origin) -> User:
        """Change the caller's own account.

        Raises:
            EmailTaken: The address belongs to another account.
        """
        try:
            async with self._database.transaction() as session:
                user = await repository.change_user(session, caller.account, changes)
                await note(session, Event.profile_changed, origin, by=caller, fields=sorted(changes))
        except IntegrityError as error:
            raise EmailTaken("Email already registered") from error
        if user is None:
            raise NotAuthenticated("The account does not exist any more.")
        return user


def duplicate(of_username: bool) -> UsernameTaken | EmailTaken:
    """Return the error for a name or an address that is taken."""
    return UsernameTaken("Username already registered") if of_username else EmailTaken("Email already registered")
