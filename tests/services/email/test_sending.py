"""Messages that are sent to a real SMTP server, and come back from a real IMAP server."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from tests.conftest import House
from tests.services.email.conftest import Desk

pytestmark = pytest.mark.anyio

NAME = "Übersicht 2026 ✉.pdf"


def parsed(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


async def test_an_anonymous_caller_is_asked_to_log_in(room: House) -> None:
    assert (await room.client.post("/api/email/send", json={})).status_code == 401


async def test_a_message_with_a_file_goes_round(desk: Desk) -> None:
    content = bytes(range(256)) * 400
    answer = await desk.send(
        {"attachments": (NAME, content, "application/pdf")}, subject="Grüße aus Köln ✉", text="Schöne Grüße.\nÄnn\n"
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == ["bob@example.org"]
    ((sender, recipients, raw),) = desk.smtp.taken
    assert (sender, recipients) == ("ann@example.com", ["bob@example.org"])
    received = parsed(raw)
    assert (received["Subject"], received["From"], received["Message-ID"]) == (
        "Grüße aus Köln ✉",
        "Ann Fuchs <ann@example.com>",
        answer.json()["message_id"],
    )
    (file,) = received.iter_attachments()
    assert (file.get_filename(), file.get_content(), file.get_content_type()) == (NAME, content, "application/pdf")
    await desk.imap.put(raw)
    await desk.sync()
    (item,) = await desk.messages()
    whole = await desk.get(f"messages/{item['id']}")
    assert (whole["subject"], whole["text"], whole["folder"]) == ("Grüße aus Köln ✉", "Schöne Grüße.\nÄnn\n", "INBOX")
    (kept,) = whole["files"]
    assert kept["name"] == NAME
    got = await desk.house.client.get(f"/api/email/attachments/{kept['id']}", headers=desk.headers)
    assert got.content == content


async def test_what_was_sent_is_kept_until_a_folder_shows_it(desk: Desk) -> None:
    await desk.send(subject="Mine")
    (item,) = await desk.messages()
    assert (item["outgoing"], item["folder"], item["subject"], item["seen"]) == (True, None, "Mine", True)


async def test_html_goes_beside_the_text_and_replies_name_what_they_answer(desk: Desk) -> None:
    await desk.send(html="<p>Hello</p>", in_reply_to="<2@example.org>", references=["<1@example.org>"])
    message = parsed(desk.smtp.taken[0][2])
    assert message.get_content_type() == "multipart/alternative"
    assert message["In-Reply-To"] == "<2@example.org>"
    assert message["References"] == "<1@example.org> <2@example.org>"


async def test_blind_copies_are_named_to_nobody(desk: Desk) -> None:
    await desk.send(cc=["cy@example.org"], bcc=["dan@example.org"])
    ((_, recipients, raw),) = desk.smtp.taken
    assert recipients == ["bob@example.org", "cy@example.org", "dan@example.org"]
    assert b"dan@" not in raw


async def test_one_refused_recipient_is_told_and_all_are_an_error(desk: Desk) -> None:
    desk.smtp.refuses["cy@example.org"] = "550 no such user"
    report = (await desk.send(to=["bob@example.org", "cy@example.org"])).json()
    assert report["accepted"] == ["bob@example.org"]
    assert report["refused"] == [{"address": "cy@example.org", "reason": "550 no such user"}]
    answer = await desk.send(to=["cy@example.org"])
    assert (answer.status_code, answer.json()["code"]) == (422, "recipients_refused")
    assert "550 no such user" in answer.json()["detail"]
    assert len(desk.smtp.taken) == 1


INJECTED: list[tuple[dict[str, Any], str]] = [
    ({"subject": "Hi\r\nBcc: eve@example.org"}, "subject"),
    ({"subject": "Hi\nBcc: eve@example.org"}, "subject"),
    ({"subject": "Hi\u2028Bcc: eve@example.org"}, "subject"),
    ({"to": ["bob@example.org\r\nBcc: eve@example.org"]}, "to.0"),
    ({"to": ["bob@example.org>\r\nRCPT TO:<eve@example.org"]}, "to.0"),
    ({"in_reply_to": "<1@x>\r\nBcc: eve@example.org"}, "in_reply_to"),
    ({"references": ["<1@x>\nBcc: eve@example.org"]}, "references.0"),
    ({"text": "a\0b"}, "text"),
    ({"to": []}, "to"),
    ({"to": [f"n{number}@example.org" for number in range(101)]}, "to"),
    ({"text": ""}, "body"),
    ({"attachments": ["/etc/passwd"]}, "attachments"),
    ({"account_id": "x"}, "account_id"),
]


@pytest.mark.parametrize(("changes", "field"), INJECTED, ids=str)
async def test_what_would_be_another_header_is_refused(desk: Desk, changes: dict[str, Any], field: str) -> None:
    answer = await desk.send(**changes)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text
    assert field in [item["field"] for item in answer.json()["errors"]]
    assert desk.smtp.taken == []


FILES = [
    (("attachments", ("../../etc/passwd", b"x", "text/plain")), "message_refused"),
    (("attachments", ("a\u202etxt.exe", b"x", "text/plain")), "message_refused"),
    (("attachments", ("a/b.txt", b"x", "text/plain")), "message_refused"),
    (("files", ("a.txt", b"x", "text/plain")), "invalid_input"),
]


@pytest.mark.parametrize(("file", "code"), FILES, ids=str)
async def test_files_have_names_that_are_names(desk: Desk, file: Any, code: str) -> None:
    answer = await desk.send([file])
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert desk.smtp.taken == []


async def test_a_file_is_what_it_may_be_called(desk: Desk) -> None:
    files = [
        ("attachments", ("a.txt", b"a", "text/plain")),
        ("attachments", ("b.eml", b"Subject: x\r\n\r\n", "message/rfc822")),
        ("attachments", ("c.bin", b"c", "no type at all")),
    ]
    answer = await desk.send(files)
    assert answer.status_code == 200, answer.text
    found = [
        (file.get_filename(), file.get_content_type()) for file in parsed(desk.smtp.taken[0][2]).iter_attachments()
    ]
    assert found == [
        ("a.txt", "text/plain"),
        ("b.eml", "application/octet-stream"),
        ("c.bin", "application/octet-stream"),
    ]


async def test_too_many_files_and_too_large_ones_are_refused(desk: Desk) -> None:
    many = [("attachments", (f"{number}.txt", b"x", "text/plain")) for number in range(21)]
    assert (await desk.send(many)).status_code == 422
    desk.house.service("email").sending._most = 10_000
    answer = await desk.send([("attachments", ("a.bin", b"x" * 20_000, "application/octet-stream"))])
    assert (answer.status_code, answer.json()["code"]) == (422, "message_refused")
    assert desk.smtp.taken == []


async def test_broken_bodies_are_refused(desk: Desk) -> None:
    path, client = "/api/email/send", desk.house.client
    broken = desk.headers | {"Content-Type": "multipart/form-data"}
    assert (await client.post(path, content=b"x", headers=broken)).status_code == 422
    cut = desk.headers | {"Content-Type": "multipart/form-data; boundary=x"}
    assert (
        await client.post(path, content=b"--x\r\nContent-Disposition: form-data\r\n\r\n", headers=cut)
    ).status_code == 422
    assert (await client.post(path, content=b"{", headers=desk.headers)).status_code == 422


async def test_an_account_that_only_reads_cannot_send(desk: Desk) -> None:
    account = await desk.open_account(smtp=None)
    answer = await desk.send(account_id=account)
    assert (answer.status_code, answer.json()["code"]) == (409, "mail_server_missing")


async def test_names_of_domains_travel_in_ascii(desk: Desk) -> None:
    await desk.send(to=["bob@köln.example"])
    assert desk.smtp.recipients == ["bob@xn--kln-sna.example"]
    assert (await desk.send(to=["böb@example.org"])).json()["code"] == "message_refused"
