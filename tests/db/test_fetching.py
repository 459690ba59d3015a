"""Reading straight from the driver."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from app.db.database import Database
from app.db.faults import is_unreachable
from app.db.fetching import positional

pytestmark = pytest.mark.anyio

BACKENDS = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = :name AND pid <> pg_backend_pid() "
    "AND datname = current_database()"  # other tests run on the same server
)
END_OTHERS = f"SELECT pg_terminate_backend(pid) FROM ({BACKENDS}) AS others"


def test_parameters_get_numbers_and_casts_stay() -> None:
    assert positional("SELECT :a, CAST(:b AS int[]), x::text FROM t WHERE y = :a") == (
        "SELECT $1, CAST($2 AS int[]), x::text FROM t WHERE y = $1",
        ("a", "b"),
    )


async def test_rows_unpack(main_database: Database) -> None:
    rows = await main_database.fetch("SELECT CAST(:a AS int) + 1 AS one, CAST(:b AS text) AS two", {"a": 1, "b": "x"})
    assert [tuple(row) for row in rows] == [(2, "x")]


async def test_it_refuses_to_write(main_database: Database) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await main_database.fetch("INSERT INTO sources (name) VALUES (:name)", {"name": "x"})


async def test_connections_that_died_while_idle_are_replaced(main_database: Database) -> None:
    one = "SELECT pg_sleep(0.05)"
    await asyncio.gather(*(main_database.fetch(one, {}) for _ in range(4)))
    async with main_database.engine.connect() as connection:
        ended = await connection.execute(text(END_OTHERS), {"name": "reynard"})
        assert len(ended.all()) >= 4
    await asyncio.sleep(0.2)
    await asyncio.gather(*(main_database.fetch(one, {}) for _ in range(4)))


async def test_a_connection_lost_on_the_way_says_the_database_is_away(main_database: Database) -> None:
    waiting = asyncio.create_task(main_database.fetch("SELECT pg_sleep(30)", {}))
    await asyncio.sleep(0.2)
    async with main_database.engine.connect() as connection:
        await connection.execute(text(END_OTHERS), {"name": "reynard"})
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is looked at
        await waiting
    assert is_unreachable(caught.value)


async def test_who_gives_up_leaves_no_half_read_connection(main_database: Database) -> None:
    for _ in range(3):
        waiting = asyncio.create_task(main_database.fetch("SELECT pg_sleep(30)", {}))
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    rows = await main_database.fetch("SELECT 7 AS seven", {})
    assert rows[0]["seven"] == 7
