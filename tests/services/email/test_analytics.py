"""Search, filters, and numbers that equal a count by hand."""

from datetime import timedelta

import pytest

from tests.conftest import House
from tests.services.email.conftest import Desk
from tests.services.email.letters import letter

pytestmark = pytest.mark.anyio

ANN, BOB, CY = "Ann <ann@example.com>", "Bob <bob@example.org>", "Cy <cy@example.net>"
HOUR = timedelta(hours=1)


async def test_an_anonymous_caller_is_asked_to_log_in(room: House) -> None:
    assert (await room.client.get("/api/email/messages")).status_code == 401
    assert (await room.client.get("/api/email/analytics")).status_code == 401


async def fill(desk: Desk) -> None:
    """Three days of mail between Ann, Bob and Cy.

    Bob writes 1, 2 and 5, Cy 3. Ann answers 1 after 2 h and again after 3 h, 2 after 26 h (by its last reference
    alone), and 3 after 4 h; nobody answers 5. Bob answers Ann's 11 after 1 h with 5. So her replies took 2, 4 and 26 h.
    """
    inbox = [
        letter(1, sender=BOB, subject="Invoice for the fox den", text="Please pay the invoice.\n"),
        letter(2, sender=BOB, after=HOUR, subject="Lunch", text="Shall we eat?\n"),
        letter(3, sender=CY, after=24 * HOUR, subject="Invoice, again", text="Second reminder.\n"),
        letter(5, sender=BOB, after=3 * HOUR, answers=11, subject="Re: Invoice", text="Thanks!\n"),
    ]
    sent = [
        letter(11, sender=ANN, to="bob@example.org", after=2 * HOUR, answers=1, subject="Re: Invoice"),
        letter(12, sender=ANN, to="bob@example.org", after=3 * HOUR, answers=1, subject="Re: Invoice"),
        letter(13, sender=ANN, to="bob@example.org", after=27 * HOUR, references="<0@x> <2@example.org>"),
        letter(14, sender=ANN, to="cy@example.net", after=28 * HOUR, answers=3),
    ]
    for raw in inbox:
        await desk.imap.put(raw)
    for raw in sent:
        await desk.imap.put(raw, b"\\Seen", folder="Sent")
    account = await desk.open_account(folders=["INBOX", "Sent"])
    desk.account = account
    assert (await desk.sync())["new"] == 8


async def test_numbers_equal_a_count_by_hand(desk: Desk) -> None:
    await fill(desk)
    found = await desk.get("analytics", since="2026-01-01T00:00:00Z", before="2026-02-01T00:00:00Z")
    assert (found["received"], found["sent"]) == (4, 4)
    assert found["volume"] == [
        {"day": "2026-01-01", "received": 3, "sent": 2},
        {"day": "2026-01-02", "received": 1, "sent": 2},
    ]
    assert found["top_senders"] == [
        {"address": "bob@example.org", "messages": 3},
        {"address": "cy@example.net", "messages": 1},
    ]
    mean = (2 + 26 + 4) * 3600 / 3
    assert found["our_response"] == {"replies": 3, "mean_s": pytest.approx(mean), "median_s": 4 * 3600}
    assert found["their_response"] == {"replies": 1, "mean_s": 3600, "median_s": 3600}


async def test_numbers_are_about_the_asked_time_and_account(desk: Desk) -> None:
    await fill(desk)
    day = {"since": "2026-01-02T00:00:00Z", "before": "2026-01-03T00:00:00Z"}
    found = await desk.get("analytics", **day)
    assert (found["received"], found["sent"], found["our_response"]["replies"]) == (1, 2, 2)
    other = await desk.open_account(name="Empty")
    assert (await desk.get("analytics", account_id=other, **day))["received"] == 0
    assert (await desk.get("analytics"))["received"] == 0
    empty = (await desk.get("analytics"))["our_response"]
    assert empty == {"replies": 0, "mean_s": None, "median_s": None}


async def test_words_phrases_and_people_are_found(desk: Desk) -> None:
    await fill(desk)

    async def subjects(**query: object) -> list[str]:
        return [item["subject"] for item in await desk.messages(**query)]

    assert await subjects(q="reminder") == ["Invoice, again"]
    assert await subjects(q='"fox den"') == ["Invoice for the fox den"]
    assert await subjects(q="den fox") == ["Invoice for the fox den"]
    assert await subjects(q='"den fox"') == []
    assert await subjects(q="lunch or reminder") == ["Invoice, again", "Lunch"]
    assert await subjects(q="invoice -fox", outgoing=False) == ["Invoice, again", "Re: Invoice"]
    assert await subjects(q="cy@example.net", outgoing=False) == ["Invoice, again"]
    assert await subjects(sender="CY@") == ["Invoice, again"]
    assert await subjects(folder="Sent", before="2026-01-01T14:30:00Z") == ["Re: Invoice"]
    assert len(await subjects(seen=True)) == 4
    assert await subjects(q="' & | ! ( ) : * \\") == await subjects(q="zzz") == []
    (hit,) = await desk.messages(q="reminder")
    assert "Second reminder" in hit["snippet"]


async def test_pages_and_their_total(desk: Desk) -> None:
    await fill(desk)
    query = {"limit": 3, "offset": 6}
    answer = await desk.house.client.get("/api/email/messages", params=query, headers=desk.headers)
    assert (len(answer.json()), answer.headers["x-total-count"]) == (2, "8")
    refused: tuple[dict[str, str | int], ...] = (
        {"limit": 0},
        {"since": "2026-01-01T00:00:00"},
        {"folders": "x"},
        {"q": "x" * 501},
    )
    for bad in refused:
        answer = await desk.house.client.get("/api/email/messages", params=bad, headers=desk.headers)
        assert answer.status_code == 422


async def test_nobody_counts_the_mail_of_others(desk: Desk) -> None:
    await fill(desk)
    bob = await desk.house.account("bob")
    answer = await desk.house.client.get("/api/email/messages", headers=bob)
    assert (answer.json(), answer.headers["x-total-count"]) == ([], "0")
    query: dict[str, str | int] = {"since": "2026-01-01T00:00:00Z", "account_id": desk.account}
    numbers = (await desk.house.client.get("/api/email/analytics", params=query, headers=bob)).json()
    assert (numbers["received"], numbers["sent"], numbers["our_response"]["replies"]) == (0, 0, 0)
