"""Engines, read-only connections, faults in words, leadership and notifications, on a real server."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.database import Database
from app.db.embedded import EmbeddedServers
from app.db.faults import as_api_error, in_words, is_unreachable
from app.db.leadership import leading
from app.db.listening import listening, notify
from app.db.urls import asyncpg_url

pytestmark = pytest.mark.anyio


async def test_a_transaction_commits_on_leaving_and_rolls_back_on_an_error(main_database: Database) -> None:
    insert = text("INSERT INTO sources (name) VALUES (:name)")
    async with main_database.transaction() as session:
        await session.execute(insert, {"name": "kept"})

    async def fails() -> None:
        async with main_database.transaction() as session:
            await session.execute(insert, {"name": "lost"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    async with main_database.reading() as connection:
        assert (await connection.scalars(text("SELECT name FROM sources"))).all() == ["kept"]


async def test_reading_refuses_to_write(main_database: Database) -> None:
    async with main_database.reading() as connection:
        with pytest.raises(DBAPIError, match="read-only"):
            await connection.execute(text("INSERT INTO sources (name) VALUES ('x')"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": "wrong"}, "password rejected for user reynard"),
        ({"database": "nowhere"}, "database nowhere does not exist"),
        ({"port": 1}, "nothing answers at 127.0.0.1:1"),
    ],
)
async def test_faults_are_told_in_words(main_database: Database, change: dict[str, str], sentence: str) -> None:
    url = main_database.url.set(**change)  # type: ignore[arg-type]
    broken = Database(url.render_as_string(hide_password=False))
    reason = await broken.probe()
    assert reason is not None
    assert reason.startswith(sentence)
    await broken.close()


async def test_a_full_disk_is_told_and_waited_for(main_database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with main_database.transaction() as session:
            await session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'disk_full'; END $$"))
    answer = as_api_error(caught.value)
    assert answer is not None
    assert (answer.status, answer.code) == (503, "database_full")
    assert "free some space" in answer.detail
    assert "free some space" in in_words(caught.value, main_database.url)


async def test_only_an_absent_database_becomes_a_503(main_database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with main_database.reading() as connection:
            await connection.execute(text("SELECT nonsense"))
    assert as_api_error(caught.value) is None
    refused = ConnectionRefusedError()
    assert is_unreachable(refused)
    problem = as_api_error(refused)
    assert problem is not None
    assert problem.status == 503
    assert "nothing answers" in in_words(refused, asyncpg_url("postgres://ann@db/x"))


async def test_one_leads_until_it_is_gone(main_database: Database) -> None:
    order: list[str] = []

    async def lead(name: str, until: asyncio.Event) -> None:
        async with leading(main_database, 7):
            order.append(name)
            await until.wait()

    first_ends, second_ends = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(lead("first", first_ends))
    while not order:  # noqa: ASYNC110 - a test may look
        await asyncio.sleep(0.01)
    second = asyncio.create_task(lead("second", second_ends))
    await asyncio.sleep(0.3)
    assert order == ["first"]
    first.cancel()
    second_ends.set()
    async with asyncio.timeout(10):
        await second
    assert order == ["first", "second"]


async def test_a_listener_hears_commits_and_comes_back_after_its_connection_was_cut(main_database: Database) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with listening(main_database, "news", heard.put_nowait) as listener:
        assert await asyncio.wait_for(heard.get(), 5) == ""
        async with main_database.transaction() as session:
            await notify(session, "news", "one")
        assert await asyncio.wait_for(heard.get(), 5) == "one"
        async with main_database.transaction() as session:
            cut = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query ILIKE 'LISTEN%' AND datname = current_database()"
            )
            await session.execute(text(cut))
        assert await asyncio.wait_for(heard.get(), 5) == "", "an empty message says: look at everything"
        assert listener.connected


async def test_a_url_may_carry_sslmode(servers: EmbeddedServers) -> None:
    database = Database(servers.postgres_url("postgres") + "?sslmode=prefer")
    assert await database.probe() is None
    await database.close()


def test_a_file_that_may_not_be_read_is_not_a_database_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - which one it is depends on the system
        tmp_path.read_bytes()
    assert not is_unreachable(caught.value)
    assert is_unreachable(ConnectionRefusedError(111, "Connection refused"))
