"""Making administrators, which no route does: for whoever can reach the auth database."""

from app.core.access import Role
from app.db.database import Database
from app.services.gatekeeper import repository
from app.services.gatekeeper.audit import note
from app.services.gatekeeper.errors import EmailTaken, UsernameTaken
from app.services.gatekeeper.events import Event
from app.services.gatekeeper.models import User
from app.services.gatekeeper.origin import Origin
from app.services.gatekeeper.password_hasher import PasswordHasher
from app.services.gatekeeper.revocations import tell_changed
from app.services.gatekeeper.schemas import Registration


async def make_administrator(database: Database, registration: Registration, iterations: int) -> None:
    """Make an account with the role admin.

    Raises:
        UsernameTaken, EmailTaken: Another account has the name or the address; an account of that name is promoted.
    """
    hasher = PasswordHasher(iterations)
    try:
        password_hash = await hasher.hash(registration.password)
    finally:
        hasher.close()
    async with database.transaction() as session:
        if found := await repository.taken(session, registration.username, registration.email):
            if found.username.lower() == registration.username.lower():
                raise UsernameTaken(
                    f"{registration.username} exists already: add --promote to make it an administrator."
                )
            raise EmailTaken(f"{registration.email} belongs to another account: name another address.")
        user = User(
            username=registration.username, email=registration.email, role=Role.admin, password_hash=password_hash
        )
        await repository.add_user(session, user)
        await note(session, Event.registered, Origin(), of=user, role=Role.admin, by_script=True)


async def promote(database: Database, username: str) -> None:
    """Make an administrator of an account that exists.

    Raises:
        LookupError: There is none of that name.
    """
    async with database.transaction() as session:
        found = await repository.find_user(session, username)
        if found is None:
            raise LookupError(f"There is no account {username}: leave --promote out to make it.")
        await repository.change_user(session, found.id, {"role": Role.admin})
        await note(session, Event.user_changed, Origin(), of=found, role=Role.admin, by_script=True)
        await tell_changed(session, found.id)
