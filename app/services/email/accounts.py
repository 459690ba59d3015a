"""Accounts: kept, changed, forgotten, and tried."""

import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from app.db.database import Database
from app.services.email import account_repository as repository
from app.services.email import mailbox
from app.services.email.connections import Dialer, Login, MailFault
from app.services.email.credentials import Vault
from app.services.email.errors import ServerMissing, TooManyAccounts, UnknownAccount
from app.services.email.imap import imap
from app.services.email.models import Account
from app.services.email.schemas import AccountChange, AccountIn, AccountReport, Server, ServerIn, ServerReport
from app.services.email.smtp import smtp

PROTOCOLS = ("smtp", "imap")


class Accounts:
    """Keeps accounts; passwords go into `vault`."""

    def __init__(
        self, database: Database, vault: Vault, dialer: Dialer, threads: ThreadPoolExecutor, most: int
    ) -> None:
        self._database, self._vault, self._dialer, self._threads = database, vault, dialer, threads
        self._most = most

    async def add(self, owner_id: UUID, given: AccountIn) -> Account:
        """Keep a new account.

        Raises:
            TooManyAccounts: The user has as many as are allowed.
        """
        sealed = self._vault.seal(passwords(given))
        account = Account(
            owner_id=owner_id,
            name=given.name,
            address=given.address,
            display_name=given.display_name,
            smtp=stored(given.smtp),
            imap=stored(given.imap),
            folders=given.folders,
            secret=sealed.secret,
            key=sealed.key,
        )
        async with self._database.transaction() as session:
            await repository.lock(session)
            if await repository.count(session, owner_id) >= self._most:
                raise TooManyAccounts(
                    f"You have {self._most} mail accounts already: delete one, or raise EMAIL_ACCOUNTS."
                )
            return await repository.add(session, account)

    async def listed(self, owner_id: UUID, limit: int, offset: int) -> tuple[int, Sequence[Account]]:
        """Return how many accounts this user has, and a page of them."""
        async with self._database.transaction() as session:
            found = await repository.listed(session, owner_id, limit, offset)
            return await repository.count(session, owner_id), found

    async def one(self, owner_id: UUID, account_id: int) -> Account:
        """Return an account of this user.

        Raises:
            UnknownAccount: The user has none of that id.
        """
        async with self._database.transaction() as session:
            return known(await repository.one(session, owner_id, account_id), account_id)

    async def change(self, owner_id: UUID, account_id: int, given: AccountChange) -> Account:
        """Change what is given of an account.

        Raises:
            UnknownAccount: The user has none of that id.
            CredentialsUnreadable: One server is replaced, and the password of the other cannot be read.
        """
        new = passwords(given)
        values: dict[str, Any] = given.model_dump(exclude_none=True, exclude=set(PROTOCOLS))
        values |= {name: stored(server) for name in PROTOCOLS if (server := getattr(given, name)) is not None}
        if not values:
            return await self.one(owner_id, account_id)
        async with self._database.transaction() as session:
            if new:
                before = known(await repository.one(session, owner_id, account_id), account_id)
                missing = {name for name in PROTOCOLS if getattr(before, name) is not None} - new.keys()
                sealed = self._vault.seal((self._vault.open(before.secret) if missing else {}) | new)
                values |= {"secret": sealed.secret, "key": sealed.key}
            return known(await repository.change(session, owner_id, account_id, values), account_id)

    async def remove(self, owner_id: UUID, account_id: int) -> Account:
        """Forget an account with all its mail; return what it was.

        Raises:
            UnknownAccount: The user has none of that id.
        """
        async with self._database.transaction() as session:
            return known(await repository.remove(session, owner_id, account_id), account_id)

    def login(self, account: Account, protocol: str) -> Login:
        """Return the server of an account, with its password.

        Raises:
            ServerMissing: The account has none of that protocol.
            CredentialsUnreadable: The key of the password is gone.
        """
        server = getattr(account, protocol)
        if server is None:
            raise ServerMissing(f"The account {account.name!r} has no {protocol.upper()} server: add one with PATCH.")
        return Login(Server.model_validate(server), self._vault.open(account.secret)[protocol])

    async def test(self, owner_id: UUID, account_id: int) -> AccountReport:
        """Log in at each server of an account.

        Raises:
            UnknownAccount: The user has none of that id.
            CredentialsUnreadable: The key of the passwords is gone.
        """
        account = await self.one(owner_id, account_id)
        folders: list[str] = []

        async def send() -> None:
            async with smtp(self._dialer, self.login(account, "smtp")):
                pass

        async def read() -> None:
            async with imap(self._threads, self._dialer, self.login(account, "imap")) as (session, client):
                folders.extend(await session.run(lambda: mailbox.folders(client)))

        sending = await tried(send) if account.smtp else None
        reading = await tried(read) if account.imap else None
        return AccountReport(smtp=sending, imap=reading, folders=folders)

    async def seal_again(self) -> int:
        """Encrypt with the newest key what is encrypted with another; return how many accounts that were."""
        count = 0
        async with self._database.transaction() as session:
            for account_id, secret in await repository.sealed_otherwise(session, self._vault.newest):
                if (sealed := self._vault.seal_again(secret)) is not None:
                    await repository.seal(session, account_id, sealed)
                    count += 1
        return count


async def tried(login: Callable[[], Awaitable[None]]) -> ServerReport:
    """Return what came of logging in."""
    begun = time.perf_counter()
    reason = None
    try:
        await login()
    except MailFault as error:
        reason = f"{error}."
    return ServerReport(ok=reason is None, reason=reason, took_ms=round(1000 * (time.perf_counter() - begun), 1))


def known(account: Account | None, account_id: int) -> Account:
    """Return the account that was found.

    Raises:
        UnknownAccount: None was.
    """
    if account is None:
        raise UnknownAccount(f"You have no mail account {account_id}.")
    return account


def passwords(given: AccountIn | AccountChange) -> dict[str, str]:
    """Return the passwords that were given, by protocol."""
    servers = {"smtp": given.smtp, "imap": given.imap}
    return {name: server.password.get_secret_value() for name, server in servers.items() if server is not None}


def stored(server: ServerIn | None) -> dict[str, Any] | None:
    """Return a server as it is kept beside its password."""
    return None if server is None else server.model_dump(mode="json", exclude={"password"})
