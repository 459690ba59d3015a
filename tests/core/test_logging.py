"""What reaches the log: one line of JSON in production, and no noise of libraries."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.core.logging import configure_logging
from app.core.settings import load_settings


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    monkeypatch.setenv("ENVIRONMENT", "production")
    configure_logging(load_settings([]))
    yield
    root.handlers[:], root.level = before, level
    structlog.reset_defaults()


@pytest.mark.usefixtures("production")
def test_production_writes_a_line_of_json_for_structlog_and_for_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("app.x").warning("thing_happened", path="/a\nb")
    logging.getLogger("some.library").warning("it said %s", "so")
    one, other = capsys.readouterr().err.splitlines()
    assert json.loads(one) | {"event": "thing_happened", "path": "/a\nb", "level": "warning"} == json.loads(one)
    assert json.loads(other)["event"] == "it said so"


@pytest.mark.usefixtures("production")
def test_a_traceback_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        int("inner")
    except ValueError:
        structlog.get_logger("app.x").exception("failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: invalid literal" in json.loads(line)["exception"]


@pytest.mark.usefixtures("production")
def test_what_nobody_can_act_on_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(leave_behind(ConnectionError("unexpected connection_lost() call")))
    assert capsys.readouterr().err == ""
    asyncio.run(leave_behind(ConnectionError("something else")))
    assert "something else" in capsys.readouterr().err


async def leave_behind(error: Exception) -> None:
    """Say what asyncio says of a future that nobody asked."""
    message = "Future exception was never retrieved\nfuture: <Future finished exception=%r>"
    logging.getLogger("asyncio").error(message, error, exc_info=error)
