"""Speech with an engine that hums: real processes, real pipes, real files, real HTTP."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core.settings import load_settings
from app.db.embedded import EmbeddedServers
from app.directory import SETTINGS
from app.services.tts.engines.engine import Engine, Limits
from app.services.tts.service import Speech, serving
from tests.conftest import FreshDatabase, House, Serve, open_house

PROGRAM = Path(__file__).parents[2] / "peers" / "speech_engine.py"
LIMITS = Limits(sentence=5.0, idle=60.0)


class Hum(Engine):
    """The engine of `tests/peers/speech_engine.py`, and a way to tell it what to do wrong."""

    def __init__(self, behaviour: Path, limits: Limits = LIMITS, name: str = "piper") -> None:
        super().__init__(name, (sys.executable, str(PROGRAM), str(behaviour)), lambda: self.there, limits)
        self.there = True
        self._behaviour = behaviour
        self.does("speaks")

    def does(self, what: str) -> None:
        """Behave so from now on."""
        self._behaviour.write_text(what)

    @property
    def processes(self) -> tuple[int, int]:
        """How many are at work, and how many wait."""
        return self._busy, len(self._idle)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens in another process or task."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - nothing here tells of it
            await asyncio.sleep(0.01)


@pytest.fixture
async def hum(tmp_path: Path) -> AsyncIterator[Hum]:
    engine = Hum(tmp_path / "behaviour")
    yield engine
    await engine.close()


Open = Callable[[Sequence[Engine]], AbstractAsyncContextManager[Speech]]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens speech without HTTP; settings come from the environment."""
    monkeypatch.setenv("REYNARD_DATA_DIR", str(tmp_path / "data"))

    @asynccontextmanager
    async def opening(engines: Sequence[Engine]) -> AsyncIterator[Speech]:
        async with serving(load_settings(SETTINGS), engines) as speech:
            yield speech

    return opening


@dataclass
class Studio:
    """The whole application, its speech, and the engine behind it."""

    house: House
    speech: Speech
    hum: Hum
    ann: dict[str, str]


@pytest.fixture
async def studio(
    fresh_database: FreshDatabase,
    servers: EmbeddedServers,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> AsyncIterator[Studio]:
    hum = Hum(tmp_path / "behaviour")
    monkeypatch.setenv("REYNARD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RAG_ENABLED", "false")  # saves a third of each start
    monkeypatch.setattr("app.services.tts.service.all_engines", lambda *_: [hum])
    async with open_house(fresh_database, servers, serve, monkeypatch) as house:
        yield Studio(house, house.service("tts"), hum, await house.account("ann"))
