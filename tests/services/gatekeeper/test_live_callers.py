"""The memory between a token and the database: never older than a second, never wrong about an end."""

import asyncio
from uuid import uuid4

import pytest

from app.core.access import Caller, Role
from app.services.gatekeeper import live_callers
from app.services.gatekeeper.live_callers import Credential, LiveCallers

pytestmark = pytest.mark.anyio

ANN = Caller(uuid4(), "ann", Role.user)


async def test_a_look_that_began_before_the_end_does_not_bring_the_session_back() -> None:
    began, answer = asyncio.Event(), asyncio.Event()

    async def slow(_: Credential) -> Caller:
        began.set()
        await answer.wait()
        return ANN

    live, session = LiveCallers(slow), uuid4()
    looking = asyncio.create_task(live.caller(session, reading=True))
    await began.wait()
    live.end(session)
    answer.set()
    assert await looking is None
    assert await live.caller(session, reading=True) is None


async def test_one_look_serves_until_trust_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Credential] = []

    async def look(session: Credential) -> Caller:
        looks.append(session)
        return ANN

    live, session = LiveCallers(look), uuid4()
    assert [await live.caller(session, reading=True) for _ in range(5)] == [ANN] * 5
    assert len(looks) == 1
    monkeypatch.setattr(live_callers, "TRUST_SECONDS", 0)
    await live.caller(session, reading=True)
    assert len(looks) == 2


async def test_a_database_that_swallows_packets_is_given_up_and_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[Credential] = []

    async def look(session: Credential) -> Caller:
        looks.append(session)
        if len(looks) > 1:
            await asyncio.Event().wait()
        return ANN

    live, session = LiveCallers(look), uuid4()
    await live.caller(session, reading=True)
    monkeypatch.setattr(live_callers, "TRUST_SECONDS", 0)
    monkeypatch.setattr(live_callers, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(live_callers, "AWAY_SECONDS", 60)
    async with asyncio.timeout(10):
        assert [await live.caller(session, reading=True) for _ in range(5)] == [ANN] * 5
    assert len(looks) == 2


async def test_while_the_database_is_away_an_unknown_session_is_not_believed() -> None:
    async def away(_: Credential) -> Caller:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        await LiveCallers(away).caller(uuid4(), reading=True)


async def test_only_so_many_sessions_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Credential] = []

    async def look(session: Credential) -> Caller:
        looks.append(session)
        return ANN

    monkeypatch.setattr(live_callers, "KEPT", 2)
    live, sessions = LiveCallers(look), [uuid4() for _ in range(3)]
    for session in (*sessions, sessions[2], sessions[0]):
        await live.caller(session, reading=True)
    assert looks == [*sessions, sessions[0]]
