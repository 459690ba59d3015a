"""The memory between a token and the database: never older than a second, never wrong about an end."""

import asyncio
from uuid import UUID, uuid4

import pytest

from app.core.access import Caller, Role
from app.services.gatekeeper import live_callers
from app.services.gatekeeper.live_callers import Credential, LiveCallers
from app.services.gatekeeper.revocations import hear

pytestmark = pytest.mark.anyio

ANN = Caller(uuid4(), "ann", Role.user)
BOB = Caller(uuid4(), "bob", Role.user, token_id=uuid4())


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


class Directory:
    """Whom each credential is of, and who was looked for."""

    def __init__(self, **known: Caller) -> None:
        self.known = {name.encode(): caller for name, caller in known.items()}
        self.looks: list[Credential] = []
        self.live = LiveCallers(self.look)
        self.away = False

    async def look(self, credential: Credential) -> Caller | None:
        if self.away:
            raise ConnectionRefusedError
        self.looks.append(credential)
        return self.known.get(bytes(credential)) if isinstance(credential, bytes) else None

    async def ask(self, *names: str, reading: bool = True) -> list[Caller | None]:
        return [await self.live.caller(name.encode(), reading=reading) for name in names]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust for an hour: whoever is looked for anew was told to be."""
    monkeypatch.setattr(live_callers, "TRUST_SECONDS", 3600)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("changed", [BOB.user_id, BOB.token_id])
async def test_who_changed_is_looked_for_anew_and_nobody_else(changed: UUID) -> None:
    directory = Directory(ann=ANN, bob=BOB)
    assert await directory.ask("ann", "bob") == [ANN, BOB]
    directory.known.pop(b"bob")
    directory.live.forget(changed)
    assert await directory.ask("ann", "bob", "bob") == [ANN, None, None]
    assert directory.looks == [b"ann", b"bob", b"bob", b"bob"], "who is not there is not remembered"


@pytest.mark.usefixtures("patient")
async def test_who_was_revoked_is_not_believed_while_the_database_is_away() -> None:
    directory = Directory(ann=ANN, bob=BOB)
    await directory.ask("ann", "bob")
    directory.away = True
    assert BOB.user_id is not None
    directory.live.forget(BOB.user_id)
    directory.live.doubt()
    assert await directory.ask("ann") == [ANN]
    with pytest.raises(ConnectionRefusedError):
        await directory.ask("bob")
    with pytest.raises(ConnectionRefusedError):
        await directory.ask("ann", reading=False)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("message", ["", "changed nonsense", "session nonsense"])
async def test_after_messages_that_may_have_been_missed_everybody_is_looked_for_anew(message: str) -> None:
    directory, session = Directory(ann=ANN, bob=BOB), uuid4()
    await directory.ask("ann", "bob")
    directory.live.end(session)
    hear(directory.live, message)
    assert await directory.ask("ann", "bob") == [ANN, BOB]
    assert directory.looks == [b"ann", b"bob"] * 2
    assert await directory.live.caller(session, reading=True) is None, "an end is for good"


@pytest.mark.usefixtures("patient")
async def test_a_look_that_began_before_a_change_is_not_remembered() -> None:
    began, answer = asyncio.Event(), asyncio.Event()
    looks = 0

    async def slow(_: Credential) -> Caller:
        nonlocal looks
        looks += 1
        began.set()
        await answer.wait()
        return BOB

    live = LiveCallers(slow)
    looking = asyncio.create_task(live.caller(b"bob", reading=True))
    await began.wait()
    assert BOB.user_id is not None
    live.forget(BOB.user_id)
    answer.set()
    await looking
    await live.caller(b"bob", reading=True)
    assert looks == 2
