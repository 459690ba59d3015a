"""Setting up and migrating databases from a terminal: one outcome for each, a table, and the mend."""

from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from app.core.registry import ServiceFailed
from app.core.settings import Settings
from app.db.administration import prepare, statements_for_administrator
from app.db.database import Database
from app.db.embedded import EmbeddedServerError, attach
from app.db.faults import in_words
from app.db.inspection import inspect
from app.db.migrations.history import current
from app.db.provision import Address, address_for_script, migrate_all, provision, schema_of
from app.db.settings import DatabaseName, DatabaseSettings
from app.db.urls import asyncpg_url


@dataclass(slots=True)
class Outcome:
    """What came of one database.

    Attributes:
        name: Which one.
        where: The server and the name of the database on it.
        done: What was done, empty when everything was there.
        server: Versions of the server and of pgvector.
        revisions: The revision of each migration history.
        problem: Why it failed, in a sentence; None when it did not.
        mend: SQL for an administrator, where that would help.
    """

    name: DatabaseName
    where: str = ""
    done: list[str] = field(default_factory=list)
    server: str = ""
    revisions: dict[str, str] = field(default_factory=dict)
    problem: str | None = None
    mend: list[str] = field(default_factory=list)


async def set_up_all(
    settings: Settings, names: Sequence[DatabaseName], *, admin_url: str | None = None, create: bool
) -> list[Outcome]:
    """Do `set_up` for each of `names`, one after the other; the embedded server is started once for all."""
    async with AsyncExitStack() as stack:
        if not all(settings.of(DatabaseSettings).url(name) for name in names):
            with suppress(EmbeddedServerError):  # each database will tell it
                await stack.enter_async_context(attach(settings.data_dir, needs=("postgres",)))
        return [await set_up(settings, name, admin_url=admin_url, create=create) for name in names]


async def set_up(settings: Settings, name: DatabaseName, *, admin_url: str | None = None, create: bool) -> Outcome:
    """Make what is missing of one database and migrate it.

    Args:
        settings: Say where it is.
        name: Which one.
        admin_url: A role that may create roles and databases there; None does what the database's own role may.
        create: Make the database itself too; otherwise only migrate.
    """
    outcome = Outcome(name)
    try:
        async with address_for_script(settings, name) as address:
            await fill(outcome, address, admin_url=admin_url, create=create)
    except EmbeddedServerError as error:
        outcome.problem = str(error)
    return outcome


async def fill(outcome: Outcome, address: Address, *, admin_url: str | None, create: bool) -> None:
    """Do the work, and write into `outcome` what came of it."""
    url, name = asyncpg_url(address.url), outcome.name
    outcome.where = "embedded" if address.embedded else f"{url.host or 'socket'}:{url.port or 5432}/{url.database}"
    try:
        if create and admin_url is not None and not address.embedded:
            admin = asyncpg_url(admin_url).set(host=url.host, port=url.port)
            outcome.done += await prepare(admin, url, vector=name.needs_vector)
            outcome.done += await migrate_all(address.url, name)
        else:
            outcome.done += await provision(address, name, create=create)
        await look(outcome, address)
    except ServiceFailed as error:
        outcome.problem = str(error)
    except Exception as error:  # noqa: BLE001 - the edge to the driver: a sentence for each, and on to the next
        outcome.problem = in_words(error, url)
    if outcome.problem and not address.embedded:
        outcome.mend = statements_for_administrator(url, vector=name.needs_vector)


async def look(outcome: Outcome, address: Address) -> None:
    """Write down the versions and revisions as they are now."""
    for history in outcome.name.histories:
        database = Database(address.url, schema=schema_of(outcome.name, history), pool_size=1)
        try:
            async with database.engine.connect() as connection:
                outcome.server = await inspect(connection, vector=outcome.name.needs_vector)
            outcome.revisions[history] = await current(database, history) or "none"
        finally:
            await database.close()


def report(outcomes: Sequence[Outcome], console: Console) -> bool:
    """Print the outcomes as a table, then what to mend; return whether all are good."""
    table = Table(box=None, pad_edge=False)
    for heading in ("database", "where", "server", "revision", "result"):
        table.add_column(heading, overflow="fold")
    for item in outcomes:
        revisions = " ".join(f"{history}:{revision}" for history, revision in item.revisions.items())
        result = "[red]failed[/]" if item.problem else f"[green]{', '.join(item.done) or 'up to date'}[/]"
        table.add_row(str(item.name), item.where, item.server, revisions, result)
    console.print(table)
    failed = [item for item in outcomes if item.problem]
    for item in failed:
        console.print(f"\n[red]{item.name}[/]: {item.problem}", soft_wrap=True)
        if item.mend:
            console.print("An administrator of that server can make what may be missing:", soft_wrap=True)
            for statement in item.mend:
                console.print(f"  {statement}", soft_wrap=True, markup=False)
    return not failed
