"""Mailboxes that are read: what is new, marked, gone, and what the mail server is told."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from pymap.parsing.specials.flag import Seen

from app.services.email import syncing
from tests.services.email.conftest import Desk
from tests.services.email.letters import letter

pytestmark = pytest.mark.anyio


async def test_an_anonymous_caller_is_asked_to_log_in(desk: Desk) -> None:
    assert (await desk.house.client.post("/api/email/sync", json={})).status_code == 401


async def test_only_what_is_new_is_read(desk: Desk) -> None:
    for number in range(3):
        await desk.imap.put(letter(number))
    first = await desk.sync()
    assert (first["new"], first["error"], first["more"]) == (3, None, False)
    assert (await desk.sync())["new"] == 0
    await desk.imap.put(letter(3))
    assert (await desk.sync())["new"] == 1
    found = await desk.messages()
    assert sorted(item["subject"] for item in found) == ["Letter 0", "Letter 1", "Letter 2", "Letter 3"]
    account = await desk.get(f"accounts/{desk.account}")
    assert account["synced_at"] is not None
    assert account["sync_error"] is None


async def test_what_is_read_is_what_was_sent(desk: Desk) -> None:
    raw = letter(
        1,
        sender='"Bräu, Böb" <Bob@Example.org>',
        subject="Grüße aus Köln ✉",
        text="Schöne Grüße\n",
        file=("Übersicht.pdf", b"\x00\xffbytes"),
    )
    await desk.imap.put(raw, b"\\Flagged")
    await desk.sync()
    (item,) = await desk.messages()
    assert (item["subject"], item["sender"], item["sender_name"]) == (
        "Grüße aus Köln ✉",
        "bob@example.org",
        "Bräu, Böb",
    )
    assert (item["seen"], item["flagged"], item["answered"], item["outgoing"]) == (False, True, False, False)
    assert (item["folder"], item["state"], item["size"], item["attachments"]) == ("INBOX", "whole", len(raw), 1)
    assert (item["recipients"], item["sent_at"]) == (["ann@example.com"], "2026-01-01T12:00:00Z")
    whole = await desk.get(f"messages/{item['id']}")
    assert whole["text"].strip() == "Schöne Grüße"
    (file,) = whole["files"]
    assert (file["name"], file["size"]) == ("Übersicht.pdf", 7)
    answer = await desk.house.client.get(f"/api/email/attachments/{file['id']}", headers=desk.headers)
    assert answer.content == b"\x00\xffbytes"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%9Cbersicht.pdf"
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == (
        "application/octet-stream",
        "nosniff",
    )


async def test_flags_go_both_ways(desk: Desk) -> None:
    first, second = await desk.imap.put(letter(1)), await desk.imap.put(letter(2))
    await desk.sync()
    ours = next(item for item in await desk.messages() if item["subject"] == "Letter 1")
    assert (await desk.post(f"messages/{ours['id']}/read"))["seen"] is True
    box = await desk.imap.folder()
    messages = {message.uid: message async for message in box.messages()}
    messages[second].permanent_flags = frozenset({Seen})
    report = await desk.sync()
    assert (report["told"], report["changed"]) == (1, 1)
    assert (await desk.imap.flags())[first] == {b"\\Seen"}
    assert all(item["seen"] for item in await desk.messages())
    await desk.post(f"messages/{ours['id']}/read", {"read": False})
    assert (await desk.sync())["told"] == 1
    assert (await desk.imap.flags())[first] == set()
    assert (await desk.sync())["told"] == 0


async def test_what_is_gone_there_is_gone_here(desk: Desk) -> None:
    numbers = [await desk.imap.put(letter(number)) for number in range(4)]
    await desk.sync()
    await desk.imap.remove(numbers[1], numbers[3])
    assert (await desk.sync())["removed"] == 2
    assert sorted(item["subject"] for item in await desk.messages()) == ["Letter 0", "Letter 2"]


async def test_new_numbers_are_read_anew(desk: Desk) -> None:
    for number in range(3):
        await desk.imap.put(letter(number))
    await desk.sync()
    box = await desk.imap.folder()
    box._uid_validity = 7
    report = await desk.sync()
    assert (report["removed"], report["new"]) == (3, 3)
    assert len(await desk.messages()) == 3


async def test_folders_are_chosen_and_left(desk: Desk) -> None:
    await desk.imap.put(letter(1))
    await desk.imap.put(letter(2, sender="Ann <ann@example.com>", to="bob@example.org"), folder="Sent")
    await desk.sync()
    assert len(await desk.messages()) == 1
    path = f"/api/email/accounts/{desk.account}"
    await desk.house.client.patch(path, json={"folders": ["INBOX", "Sent"]}, headers=desk.headers)
    await desk.sync()
    (sent,) = await desk.messages(folder="Sent")
    assert sent["outgoing"] is True
    await desk.house.client.patch(path, json={"folders": ["Sent"]}, headers=desk.headers)
    await desk.sync()
    assert [item["folder"] for item in await desk.messages()] == ["Sent"]


async def test_a_folder_that_is_not_there_is_told(desk: Desk) -> None:
    account = await desk.open_account(folders=["Nowhere"])
    report = await desk.sync(account)
    assert report["error"] is not None
    assert (await desk.get(f"accounts/{account}"))["sync_error"] == report["error"]


async def test_a_large_message_is_known_by_its_headers(desk: Desk) -> None:
    desk.house.service("email").syncing.most_bytes = 10_000
    await desk.imap.put(letter(1, subject="Small"))
    await desk.imap.put(letter(2, subject="Large", text="x " * 20_000))
    await desk.imap.put(letter(3, subject="Small too"))
    assert (await desk.sync())["new"] == 3
    found = {item["subject"]: item["state"] for item in await desk.messages()}
    assert found == {"Small": "whole", "Large": "large", "Small too": "whole"}


async def test_a_long_mailbox_is_read_in_parts(desk: Desk) -> None:
    desk.house.service("email").syncing.most = 4
    for number in range(10):
        await desk.imap.put(letter(number))
    reports = [await desk.sync() for _ in range(3)]
    assert [(item["new"], item["more"]) for item in reports] == [(4, True), (4, True), (2, False)]
    assert len(await desk.messages()) == 10


async def test_one_mailbox_is_read_by_one_at_a_time(desk: Desk) -> None:
    for number in range(30):
        await desk.imap.put(letter(number))
    body = {"account_id": desk.account}
    asked = [desk.house.client.post("/api/email/sync", json=body, headers=desk.headers) for _ in range(5)]
    answers = await asyncio.gather(*asked)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 200
    assert set(statuses) <= {200, 409}
    assert sum(answer.json()[0]["new"] for answer in answers if answer.status_code == 200) == 30
    assert len(await desk.messages(limit=200)) == 30


async def test_who_hangs_up_keeps_what_was_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "BATCH_MESSAGES", 5)
    for number in range(200):
        await desk.imap.put(letter(number, after=timedelta(minutes=number)))
    email = desk.house.service("email")
    account = (await email.messages.readable(await owner(desk), desk.account))[0]
    lease = await email.syncing.claim(account.id)
    task = asyncio.create_task(email.syncing.sync(account, lease))
    while not await desk.messages(limit=1):  # noqa: ASYNC110 - the database has no event for it
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    kept = len(await desk.messages(limit=200))
    assert 0 < kept < 200
    report = await desk.sync()
    assert report["new"] == 200 - kept
    assert len(await desk.messages(limit=200)) == 200


async def owner(desk: Desk) -> UUID:
    """Return whose desk it is."""
    me = await desk.house.client.get("/api/auth/me", headers=desk.headers)
    return UUID(me.json()["id"])
