"""Mail servers that are away, slow, odd or hostile: what is said about them, how soon, and that they may come back."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.peers.mail import PASSWORD, certificate, imap_peer, smtp_peer
from tests.peers.tcp import Behaviour, Peer, peer
from tests.services.email.conftest import Desk, server
from tests.services.email.letters import letter

pytestmark = pytest.mark.anyio

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take the connection and say nothing: half open, or stuck."""
    while await reader.read(1000):
        pass


async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hang up at once."""


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hang up with a reset."""
    writer.transport.abort()


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say what nobody understands."""
    writer.write(b"\xff\xfe\x00 HTTP/1.1 400 what?\r\n\r\n" * 100)
    await writer.drain()
    await silent(reader, writer)


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say one line without an end."""
    while not reader.at_eof():
        writer.write(b"x" * 65_536)
        await writer.drain()


def speaks(*answers: tuple[bytes, bytes], greeting: bytes = b"* OK [CAPABILITY IMAP4rev1] ready\r\n") -> Behaviour:
    """Speak IMAP by rote: what begins an answer to a command that holds some words."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while line := await reader.readline():
            tag = line.split()[0]
            said = next((answer for words, answer in answers if words in line), b"")
            writer.write(said)
            if not said.endswith(b"\n") and said:
                await writer.drain()
                await silent(reader, writer)
            writer.write(tag + b" OK done\r\n")
            await writer.drain()

    return behave


CAPABLE = (b"CAPABILITY", b"* CAPABILITY IMAP4rev1\r\n")
SELECT = (b"EXAMINE", b"* 1 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 2] x\r\n")
SEARCH = (b"SEARCH", b"* SEARCH 1\r\n")
SUMMARY = (b"INTERNALDATE", b'* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 10 INTERNALDATE "01-Jan-2026 00:00:00 +0000")\r\n')

HOSTILE: dict[str, Behaviour] = {
    "ten gigabytes announced": speaks(
        CAPABLE, SELECT, SEARCH, SUMMARY, (b"BODY.PEEK", b"* 1 FETCH (UID 1 BODY[] {10000000000}\r\nx")
    ),
    "more than was said": speaks(
        CAPABLE, SELECT, SEARCH, SUMMARY, (b"BODY.PEEK", b"* 1 FETCH (UID 1 BODY[] {30000000}\r\n" + b"x" * 30_000_000)
    ),
    "vanishes in a body": speaks(
        CAPABLE, SELECT, SEARCH, SUMMARY, (b"BODY.PEEK", b"* 1 FETCH (UID 1 BODY[] {10}\r\nabc")
    ),
    "no validity": speaks(CAPABLE, (b"EXAMINE", b"* 1 EXISTS\r\n")),
    "parentheses without end": speaks(
        CAPABLE, SELECT, SEARCH, (b"INTERNALDATE", b"* 1 FETCH " + b"(" * 5000 + b"\r\n")
    ),
    "no IMAP": speaks(greeting=b"220 smtp.example.org ESMTP\r\n"),
}

BAD: dict[str, Behaviour] = {
    "silent": silent,
    "closes": closes,
    "resets": resets,
    "garbage": garbage,
    "endless": endless,
}


@pytest.mark.parametrize("fault", BAD)
async def test_each_fault_is_told_in_words(desk: Desk, fault: str) -> None:
    async with peer(BAD[fault]) as bad:
        account = await desk.open_account(smtp=server(bad.port), imap=server(bad.port))
        async with asyncio.timeout(30):
            report = await desk.post(f"accounts/{account}/test")
        for protocol in ("smtp", "imap"):
            assert report[protocol]["ok"] is False
            assert f"127.0.0.1:{bad.port}" in report[protocol]["reason"]
        answer = await desk.send(account_id=account)
        assert (answer.status_code, answer.json()["code"]) == (502, "mail_server_failed")
        assert (await desk.sync(account))["error"] is not None


@pytest.mark.parametrize("fault", HOSTILE)
async def test_hostile_mailboxes_cost_little(desk: Desk, fault: str) -> None:
    async with peer(HOSTILE[fault]) as bad:
        account = await desk.open_account(imap=server(bad.port))
        async with asyncio.timeout(30):
            report = await desk.sync(account)
    assert report["error"] is not None
    assert report["new"] == 0
    assert await desk.messages() == []


async def test_a_server_that_is_back_is_used_again(desk: Desk) -> None:
    await desk.imap.put(letter(1))
    away = Peer(closes)
    await away.start()
    account = await desk.open_account(imap=server(away.port))
    await away.stop()
    assert f"127.0.0.1:{away.port}" in (await desk.sync(account))["error"]
    async with forwarding(away.port, desk.imap.port):
        assert (await desk.sync(account))["new"] == 1
    assert (await desk.get("status"))["failing"] == 0


def forwarding(port: int, to: int) -> Any:
    """Return a server on `port` that passes everything on."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        their_reader, their_writer = await asyncio.open_connection("127.0.0.1", to)

        async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while piece := await source.read(65_536):
                sink.write(piece)
                await sink.drain()
            sink.close()

        await asyncio.gather(pipe(reader, their_writer), pipe(their_reader, writer))

    class There(Peer):
        async def __aenter__(self) -> None:
            self.port = port
            await self.start()

        async def __aexit__(self, *_: object) -> None:
            await self.stop()

    return There(behave)


async def test_wrong_credentials_are_told(desk: Desk) -> None:
    wrong = {"password": "wrong"}
    account = await desk.open_account(smtp=server(desk.smtp.port, **wrong), imap=server(desk.imap.port, **wrong))
    report = await desk.post(f"accounts/{account}/test")
    for protocol in ("smtp", "imap"):
        assert "refuses user name and password" in report[protocol]["reason"]
    answer = await desk.send(account_id=account)
    assert "refuses user name and password" in answer.json()["detail"]
    assert PASSWORD not in answer.text


async def test_a_good_account_is_told_as_well(desk: Desk) -> None:
    await desk.imap.folder("Sent")
    report = await desk.post(f"accounts/{desk.account}/test")
    assert (report["smtp"]["ok"], report["imap"]["ok"]) == (True, True)
    assert report["folders"] == ["INBOX", "Sent"]


async def test_addresses_inside_are_refused(desk: Desk) -> None:
    desk.house.service("email").accounts._dialer._allowed = ()
    report = await desk.post(f"accounts/{desk.account}/test")
    for protocol in ("smtp", "imap"):
        assert "OUTBOUND_ALLOWED_NETWORKS" in report[protocol]["reason"]
    assert desk.smtp.sessions == 0


@pytest.fixture
def trusted(tmp_path: Path, mail_settings: pytest.MonkeyPatch) -> Any:
    """A certificate that the application trusts; it has to be there before the application opens."""
    file, context = certificate(tmp_path)
    mail_settings.setenv("SSL_CERT_FILE", str(file))
    return context


async def test_tls_and_starttls(trusted: Any, desk: Desk) -> None:
    for security in ("tls", "starttls"):
        start = security == "tls"
        async with smtp_peer(trusted, from_start=start) as mail, imap_peer(trusted, from_start=start) as box:
            account = await desk.open_account(
                smtp=server(mail.port, security=security, host="localhost"),
                imap=server(box.port, security=security, host="localhost"),
            )
            report = await desk.post(f"accounts/{account}/test")
            assert (report["smtp"], report["imap"]) == (
                report["smtp"] | {"ok": True, "reason": None},
                report["imap"] | {"ok": True, "reason": None},
            )
            assert (await desk.send(account_id=account)).status_code == 200
            assert len(mail.taken) == 1


async def test_a_certificate_nobody_trusts_is_refused(desk: Desk, tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    for security in ("tls", "starttls"):
        start = security == "tls"
        async with smtp_peer(context, from_start=start) as mail, imap_peer(context, from_start=start) as box:
            account = await desk.open_account(
                smtp=server(mail.port, security=security), imap=server(box.port, security=security)
            )
            report = await desk.post(f"accounts/{account}/test")
            for protocol in ("smtp", "imap"):
                assert report[protocol]["ok"] is False, (security, protocol)
                assert "certificate" in report[protocol]["reason"], (security, protocol)


async def test_starttls_that_is_not_offered_is_no_login_in_the_open(desk: Desk) -> None:
    account = await desk.open_account(
        smtp=server(desk.smtp.port, security="starttls"), imap=server(desk.imap.port, security="starttls")
    )
    report = await desk.post(f"accounts/{account}/test")
    assert (report["smtp"]["ok"], report["imap"]["ok"]) == (False, False)
