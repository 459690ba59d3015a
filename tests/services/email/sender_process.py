"""A process that sends batches until it is killed: told the database and the key on its command line."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network

from app.db.database import Database
from app.services.email.accounts import Accounts
from app.services.email.batches import Batches
from app.services.email.connections import Dialer
from app.services.email.credentials import Vault
from app.services.email.outbox import Outbox


async def main(url: str, key: str) -> None:
    """Send for ever."""
    database, dialer = Database(url, pool_size=2), Dialer([ip_network("127.0.0.0/8")], 5)
    accounts = Accounts(database, Vault([key]), dialer, ThreadPoolExecutor(1), 10)
    await Outbox(database, accounts, Batches(database, accounts), dialer, 0.001, 1_000_000).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
