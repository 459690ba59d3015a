"""The whole application beside real mail servers, and somebody with an account there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from app.db.embedded import EmbeddedServers
from tests.conftest import FreshDatabase, House, Serve, open_house
from tests.peers.mail import PASSWORD, USER, ImapPeer, SmtpPeer, imap_peer, smtp_peer


def server(port: int, **changes: Any) -> dict[str, Any]:
    """Return a server of an account as it is sent in."""
    whole = {"host": "127.0.0.1", "port": port, "security": "none", "username": USER, "password": PASSWORD}
    return {**whole, **changes}


@dataclass
class Desk:
    """Somebody who reads and writes mail.

    Attributes:
        house: Where.
        headers: Who.
        smtp, imap: Their mail servers.
        account: Their account.
    """

    house: House
    headers: dict[str, str]
    smtp: SmtpPeer
    imap: ImapPeer
    account: int = 0

    async def get(self, path: str, **query: Any) -> Any:
        """Return what a route answers."""
        answer = await self.house.client.get(f"/api/email/{path}", params=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: object = None, status: int = 200) -> Any:
        """Return what a route answers."""
        answer = await self.house.client.post(f"/api/email/{path}", json=body, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def open_account(self, **changes: Any) -> int:
        """Add an account; return its id."""
        body = {
            "name": "Work",
            "address": USER,
            "display_name": "Ann Fuchs",
            "smtp": server(self.smtp.port),
            "imap": server(self.imap.port),
            **changes,
        }
        return int((await self.post("accounts", body))["id"])

    async def sync(self, account: int | None = None) -> dict[str, Any]:
        """Read the mailbox; return what that brought."""
        (report,) = await self.post("sync", {"account_id": account or self.account})
        assert isinstance(report, dict)
        return report

    async def messages(self, **query: Any) -> list[dict[str, Any]]:
        """Return messages that are found."""
        found: list[dict[str, Any]] = await self.get("messages", **query)
        return found

    async def send(self, files: Any = None, **fields: Any) -> httpx.Response:
        """Send a message, as a form if it has files."""
        whole = {"account_id": self.account, "to": ["bob@example.org"], "subject": "Hi", "text": "Hello", **fields}
        sent = {"data": whole, "files": files} if files else {"json": whole}
        return await self.house.client.post("/api/email/send", headers=self.headers, **sent)

    async def follow(self, batch: int) -> list[dict[str, Any]]:
        """Return the events of a batch to its end."""
        headers = self.headers | {"Accept": "application/x-ndjson"}
        answer = await self.house.client.get(f"/api/email/batches/{batch}/events", headers=headers)
        return [orjson.loads(line) for line in answer.text.splitlines() if line]


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpPeer]:
    async with smtp_peer() as peer:
        yield peer


@pytest.fixture
async def imap() -> AsyncIterator[ImapPeer]:
    async with imap_peer() as peer:
        yield peer


@pytest.fixture
def mail_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Let mail servers be on this machine, and mailboxes be read when it is asked for."""
    monkeypatch.setenv("REYNARD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("OUTBOUND_ALLOWED_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("EMAIL_SYNC_SECONDS", "0")
    monkeypatch.setenv("EMAIL_TIMEOUT", "2")
    monkeypatch.setenv("RATE_LIMIT_AUTH", "1000000/minute")  # every test registers somebody, from one address
    monkeypatch.setenv("EMAIL_BULK_PER_MINUTE", "6000")
    return monkeypatch


@asynccontextmanager
async def open_room(
    fresh: FreshDatabase, servers: EmbeddedServers, serve: Serve, environment: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """Serve the application, with the mail room open."""
    async with open_house(fresh, servers, serve, environment) as house:
        while (await house.client.get("/api/email/status")).json()["status"] != "running":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        yield house


@pytest.fixture
async def room(
    fresh_database: FreshDatabase, servers: EmbeddedServers, serve: Serve, mail_settings: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    async with open_room(fresh_database, servers, serve, mail_settings) as house:
        yield house


@pytest.fixture
async def desk(
    smtp: SmtpPeer,
    imap: ImapPeer,
    fresh_database: FreshDatabase,
    servers: EmbeddedServers,
    serve: Serve,
    mail_settings: pytest.MonkeyPatch,
) -> AsyncIterator[Desk]:
    async with open_room(fresh_database, servers, serve, mail_settings) as house:
        made = Desk(house, await house.account("ann"), smtp, imap)
        made.account = await made.open_account()
        yield made
