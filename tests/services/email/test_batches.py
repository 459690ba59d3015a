"""One text to many: each gets it at most once, whatever ends whoever sends."""

import asyncio
import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from app.db.database import Database
from app.services.email import outbox
from app.services.email.accounts import Accounts
from app.services.email.batches import Batches
from app.services.email.connections import Dialer
from app.services.email.credentials import Vault
from app.services.email.models import Account, Batch, Delivery
from app.services.email.outbox import Outbox
from tests.conftest import House
from tests.peers.mail import PASSWORD, USER, SmtpPeer
from tests.services.email.conftest import Desk, server

pytestmark = pytest.mark.anyio

ROOT = str(Path(__file__).resolve().parents[3])


def batch(account: int, count: int = 5, **changes: Any) -> dict[str, Any]:
    recipients = [{"address": f"n{number}@example.org", "name": f"N {number}"} for number in range(count)]
    whole = {"account_id": account, "subject": "Hi $name", "text": "Dear $name.\n", "recipients": recipients}
    return {**whole, **changes}


async def test_an_anonymous_caller_is_asked_to_log_in(room: House) -> None:
    assert (await room.client.post("/api/email/send-bulk", json={})).status_code == 401
    assert (await room.client.get("/api/email/batches")).status_code == 401


async def test_everybody_gets_a_message_of_their_own(desk: Desk) -> None:
    made = await desk.post("send-bulk", batch(desk.account), status=202)
    assert (made["total"], made["state"]) == (5, "sending")
    events = await desk.follow(made["id"])
    last = events[-1]
    assert (last["type"], last["state"], last["sent"], last["pending"]) == ("done", "done", 5, 0)
    assert {event["type"] for event in events[:-1]} == {"progress"}
    assert all(event["total"] == sum(event[state] for state in STATES) for event in events)
    assert Counter(desk.smtp.recipients) == Counter(f"n{number}@example.org" for number in range(5))
    raw = next(raw for _, recipients, raw in desk.smtp.taken if recipients == ["n3@example.org"])
    message = message_from_bytes(raw, policy=policy.default)
    assert (message["Subject"], message["To"]) == ("Hi N 3", "N 3 <n3@example.org>")
    assert (await desk.get("batches"))[0]["id"] == made["id"]
    sent = await desk.get(f"batches/{made['id']}/recipients", state="sent", limit=2)
    assert [item["recipient"] for item in sent] == ["n0@example.org", "n1@example.org"]


STATES = ("pending", "sending", "sent", "failed", "unknown", "cancelled")


async def test_values_are_text_in_html_and_no_header(desk: Desk) -> None:
    recipients = [{"address": "eve@example.org", "values": {"x": "<script>1</script>"}}]
    made = await desk.post(
        "send-bulk", batch(desk.account, html="<p>$x</p>", text="$x", recipients=recipients, subject="s"), status=202
    )
    await desk.follow(made["id"])
    assert b"<p>&lt;script&gt;1&lt;/script&gt;</p>" in desk.smtp.taken[0][2]
    evil = [{"address": "eve@example.org", "values": {"x": "a\r\nBcc: all@example.org"}}]
    made = await desk.post("send-bulk", batch(desk.account, subject="$x", recipients=evil), status=202)
    assert (await desk.follow(made["id"]))[-1]["failed"] == 1
    assert len(desk.smtp.taken) == 1


REFUSED = [
    ({"recipients": []}, "invalid_input"),
    ({"recipients": [{"address": "a@example.org"}, {"address": "A@example.org"}]}, "invalid_input"),
    ({"text": "Dear $nickname"}, "message_refused"),
    ({"text": "5 $ each"}, "message_refused"),
    ({"subject": "a\nb"}, "invalid_input"),
]


@pytest.mark.parametrize(("changes", "code"), REFUSED, ids=str)
async def test_what_is_refused_says_why(desk: Desk, changes: dict[str, Any], code: str) -> None:
    assert (await desk.post("send-bulk", batch(desk.account, **changes), status=422))["code"] == code
    assert await desk.get("batches") == []


async def test_refused_recipients_fail_alone(desk: Desk) -> None:
    desk.smtp.refuses["n1@example.org"] = "550 no such user"
    made = await desk.post("send-bulk", batch(desk.account, 3), status=202)
    last = (await desk.follow(made["id"]))[-1]
    assert (last["sent"], last["failed"], last["state"]) == (2, 1, "done")
    (failed,) = await desk.get(f"batches/{made['id']}/recipients", state="failed")
    assert (failed["recipient"], failed["reason"], failed["attempts"]) == ("n1@example.org", "550 no such user", 1)


async def test_a_server_that_is_busy_or_away_is_asked_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "RETRY_SECONDS", 0.1)
    desk.smtp.data = "451 not now"
    made = await desk.post("send-bulk", batch(desk.account, 2), status=202)
    while (await desk.get(f"batches/{made['id']}/recipients"))[1]["attempts"] < 1:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    desk.smtp.data = None
    assert (await desk.follow(made["id"]))[-1]["sent"] == 2
    assert Counter(desk.smtp.recipients).most_common(1)[0][1] == 1


async def test_an_account_that_cannot_send_says_so_and_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "RETRY_SECONDS", 0.1)
    account = await desk.open_account(smtp=server(desk.smtp.port, password="wrong"))
    made = await desk.post("send-bulk", batch(account, 2), status=202)
    while (found := await desk.get(f"batches/{made['id']}"))["reason"] is None:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    assert "refuses user name and password" in found["reason"]
    assert found["pending"] == 2
    await desk.house.client.patch(
        f"/api/email/accounts/{account}", json={"smtp": server(desk.smtp.port)}, headers=desk.headers
    )
    assert (await desk.follow(made["id"]))[-1]["sent"] == 2


async def test_a_cancelled_batch_sends_no_more(desk: Desk) -> None:
    desk.smtp.pause = 0.05
    made = await desk.post("send-bulk", batch(desk.account, 100), status=202)
    while not desk.smtp.taken:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    path = f"/api/email/batches/{made['id']}"
    cancelled = (await desk.house.client.delete(path, headers=desk.headers)).json()
    assert (cancelled["state"], cancelled["pending"]) == ("cancelled", 0)
    last = (await desk.follow(made["id"]))[-1]
    assert last["sent"] == len(desk.smtp.taken) < 100
    assert last["cancelled"] == 100 - last["sent"]


async def prepared(database: Database, port: int, count: int) -> tuple[str, int]:
    """Keep an account and a batch; return the key and the batch."""
    key = Fernet.generate_key().decode()
    sealed = Vault([key]).seal({"smtp": PASSWORD})
    host = {"host": "127.0.0.1", "port": port, "security": "none", "username": USER}
    async with database.transaction() as session:
        account = Account(owner_id=uuid4(), name="x", address=USER, smtp=host, folders=["INBOX"])
        account.secret, account.key = sealed.secret, sealed.key
        session.add(account)
        await session.flush()
        made = Batch(owner_id=account.owner_id, account_id=account.id, subject="s", text="t")
        session.add(made)
        await session.flush()
        session.add_all(
            Delivery(batch_id=made.id, recipient=f"n{number}@example.org", name="", values={})
            for number in range(count)
        )
        return key, made.id


async def start(database: Database, key: str) -> asyncio.subprocess.Process:
    """Start a process that sends."""
    url = database.url.render_as_string(hide_password=False)
    module = "tests.services.email.sender_process"
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, url, key),
        env=os.environ | {"PYTHONPATH": ROOT},
    )


async def states(database: Database) -> Counter[str]:
    """Return how many recipients are in which state."""
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT state, count(*) FROM email_deliveries GROUP BY state"))
        return Counter({row.state: row.count for row in rows})


async def test_who_is_killed_sends_to_nobody_twice(main_database: Database, smtp: SmtpPeer) -> None:
    """Processes that send are killed with SIGKILL, five times; what is left is sent by the next, and nothing again."""
    count, kills = 120, 5
    key, _ = await prepared(main_database, smtp.port, count)
    smtp.pause = 0.005
    for _ in range(kills):
        before = len(smtp.taken)
        sender = await start(main_database, key)
        while len(smtp.taken) < before + 10:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        sender.kill()
        await sender.wait()
        async with main_database.transaction() as session:  # as if the lease's time had passed
            await session.execute(text("UPDATE email_batches SET lease_until = now() - interval '1 s'"))
    sender = await start(main_database, key)
    while (found := await states(main_database))["pending"] or found["sending"]:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    sender.kill()
    await sender.wait()
    assert found["sent"] + found["unknown"] == count
    assert found["unknown"] <= kills
    received = Counter(smtp.recipients)
    assert max(received.values()) == 1
    assert found["sent"] <= len(received) <= count


async def test_a_stop_waits_for_the_message_on_its_way(main_database: Database, smtp: SmtpPeer) -> None:
    key, _ = await prepared(main_database, smtp.port, 3)
    smtp.pause = 0.5
    dialer = Dialer([ip_network("127.0.0.0/8")], 5)
    accounts = Accounts(main_database, Vault([key]), dialer, ThreadPoolExecutor(1), 10)
    sending = Outbox(main_database, accounts, Batches(main_database, accounts), dialer, 0.001, 1_000_000)
    task = asyncio.create_task(sending.run())
    while not (await states(main_database))["sending"]:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await states(main_database) == {"sent": len(smtp.taken), "pending": 3 - len(smtp.taken)}


async def test_two_processes_share_the_work_and_the_pace(main_database: Database, smtp: SmtpPeer) -> None:
    key, _ = await prepared(main_database, smtp.port, 40)
    senders = [await start(main_database, key) for _ in range(2)]
    while (found := await states(main_database))["sent"] < 40:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    for sender in senders:
        sender.kill()
        await sender.wait()
    assert found == {"sent": 40}
    assert len(smtp.recipients) == len(set(smtp.recipients)) == 40
