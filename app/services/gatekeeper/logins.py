"""Where a password is asked for: logging in, and changing it."""

from app.core.access import Caller, NotAuthenticated
from app.db.database import Database
from app.services.gatekeeper import repository, session_repository, token_repository
from app.services.gatekeeper.audit import note
from app.services.gatekeeper.errors import PasswordTooEasy, WrongCredentials, WrongPassword
from app.services.gatekeeper.events import Event, Outcome
from app.services.gatekeeper.live_callers import LiveCallers
from app.services.gatekeeper.models import User
from app.services.gatekeeper.origin import Origin
from app.services.gatekeeper.password_hasher import PasswordHasher
from app.services.gatekeeper.passwords import names_its_owner
from app.services.gatekeeper.revocations import tell_changed
from app.services.gatekeeper.schemas import NewPasswordRequest, PasswordChanged
from app.services.gatekeeper.sessions import Sessions
from app.services.gatekeeper.throttle import Throttle
from app.services.gatekeeper.tokens import Pair


class Logins:
    """Checks passwords. No database connection is held while one is hashed."""

    def __init__(
        self, database: Database, hasher: PasswordHasher, throttle: Throttle, sessions: Sessions, live: LiveCallers
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._throttle = throttle
        self._sessions = sessions
        self._live = live

    async def login(self, identifier: str, password: str, origin: Origin) -> Pair:
        """Begin a session. An unknown account takes as long as a wrong password.

        Raises:
            WrongCredentials: The account does not exist, is not active, or the password is wrong.
            LoginThrottled: Too many attempts failed before.
            TooManyLogins: As many wait as may.
        """
        await self._throttle.admit(identifier, origin)
        async with self._database.transaction() as session:
            user = await repository.find_user(session, identifier)
        fits = await self._hasher.verify(password, user.password_hash if user else None)
        if user is None or not fits or not user.is_active:
            await self._failed(Event.login, identifier, user, origin)
            raise WrongCredentials("Incorrect username or password")
        better = await self._hasher.hash(password) if self._hasher.outdated(user.password_hash) else None
        async with self._database.transaction() as session:
            current = await repository.lock_user(session, user.id, user.password_hash)
            if current:
                if better:
                    await repository.change_user(session, user.id, {"password_hash": better})
                pair = await self._sessions.begin(session, user, origin)
                await note(session, Event.login, origin, of=user)
        if not current:  # while it was hashed here, the account was switched off or its hash replaced: look again
            return await self.login(identifier, password, origin)
        await self._throttle.succeeded(identifier, origin)
        return pair

    async def change_password(self, caller: Caller, wanted: NewPasswordRequest, origin: Origin) -> PasswordChanged:
        """Replace the password and end every other session.

        Personal access tokens stay unless the caller wants them deleted: they were made on purpose, each is known by
        name, and a password that is changed now and then should not stop every script.

        Raises:
            WrongPassword: The current password is not that.
            PasswordTooEasy: The new one names the account, or is the old one.
            LoginThrottled: Too many attempts failed before.
            TooManyLogins: As many wait as may.
        """
        async with self._database.transaction() as session:
            user = await repository.get_user(session, caller.account)
        if user is None:
            raise NotAuthenticated("The account does not exist any more.")
        await self._throttle.admit(user.username, origin)
        if not await self._hasher.verify(wanted.current_password, user.password_hash):
            await self._failed(Event.password_changed, user.username, user, origin, by=caller)
            raise WrongPassword("The current password is wrong.")
        check_new(wanted, user)
        replacement = await self._hasher.hash(wanted.new_password)
        async with self._database.transaction() as session:
            if not await repository.lock_user(session, user.id, user.password_hash):
                raise WrongPassword("The current password was changed meanwhile.")
            await repository.change_user(session, user.id, {"password_hash": replacement})
            ended = await session_repository.revoke_all(session, user.id, "password changed", but=caller.session_id)
            deleted = await token_repository.remove_all(session, user.id) if wanted.revoke_tokens else 0
            kept, _ = await token_repository.listed(session, user.id, 1, 0)
            await note(session, Event.password_changed, origin, by=caller, sessions=ended, tokens=deleted)
            await tell_changed(session, user.id)
        self._live.forget(user.id)
        await self._throttle.succeeded(user.username, origin)
        return PasswordChanged(
            message="Password changed", sessions_ended=ended, tokens_deleted=deleted, tokens_kept=kept
        )

    async def _failed(
        self, event: Event, identifier: str, user: User | None, origin: Origin, by: Caller | None = None
    ) -> None:
        slowed = await self._throttle.failed(identifier, origin)
        async with self._database.transaction() as session:
            await note(session, event, origin, of=user, by=by, outcome=Outcome.failure)
            if slowed:
                await note(
                    session, Event.login_throttled, origin, of=user, by=by, outcome=Outcome.failure, slowed=slowed
                )


def check_new(wanted: NewPasswordRequest, user: User) -> None:
    """Refuse a new password that the account's name gives away.

    Raises:
        PasswordTooEasy: It does, or it is the old one.
    """
    if names_its_owner(wanted.new_password, user.username, user.email):
        raise PasswordTooEasy("new_password: this names the account itself: choose another.")
    if wanted.new_password == wanted.current_password:
        raise PasswordTooEasy("new_password: this is the password you have: choose another.")
