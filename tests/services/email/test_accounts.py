"""Accounts: whose they are, what is shown of them, and how their passwords are kept."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from app.core.registry import ServiceDisabled, ServiceFailed
from app.core.settings import load_settings
from app.db.embedded import EmbeddedServers
from app.directory import SETTINGS
from app.services.email.credentials import kept_in, open_vault
from app.services.email.errors import CredentialsUnreadable
from tests.conftest import FreshDatabase, House, Serve
from tests.peers.mail import PASSWORD, USER
from tests.services.email.conftest import Desk, open_room, server

pytestmark = pytest.mark.anyio


async def test_an_anonymous_caller_is_asked_to_log_in(room: House) -> None:
    assert (await room.client.get("/api/email/accounts")).status_code == 401
    assert (await room.client.post("/api/email/accounts", json={})).status_code == 401


async def test_anybody_sees_that_the_room_is_open(room: House) -> None:
    status = (await room.client.get("/api/email/status")).json()
    assert status == {"status": "running", "reason": None, "accounts": 0, "failing": 0, "waiting": 0}


async def test_passwords_are_neither_shown_nor_kept_in_the_open(desk: Desk) -> None:
    account = await desk.get(f"accounts/{desk.account}")
    assert account["smtp"] == {"host": "127.0.0.1", "port": desk.smtp.port, "security": "none", "username": USER}
    answers = [str(account), str(await desk.get("accounts"))]
    async with desk.house.service("main_database").reading() as connection:
        rows = await connection.execute(text("SELECT CAST(a AS text), secret FROM email_accounts a"))
        (row, secret), *_ = rows.all()
    assert PASSWORD not in "".join([*answers, row])
    assert PASSWORD.encode() not in secret
    assert desk.house.service("email").accounts._vault.open(secret) == {"smtp": PASSWORD, "imap": PASSWORD}


async def test_each_sees_their_own(desk: Desk) -> None:
    bob = await desk.house.account("bob")
    client, path = desk.house.client, f"/api/email/accounts/{desk.account}"
    assert (await client.get("/api/email/accounts", headers=bob)).json() == []
    for method in ("GET", "PATCH", "DELETE"):
        answer = await client.request(method, path, headers=bob)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_mail_account")
    assert (await client.post(f"{path}/test", headers=bob)).status_code == 404
    sent = {"account_id": desk.account, "to": ["x@example.org"], "subject": "Hi", "text": "x"}
    assert (await client.post("/api/email/send", json=sent, headers=bob)).status_code == 404
    assert (await client.post("/api/email/sync", json={"account_id": desk.account}, headers=bob)).status_code == 404
    assert (await client.delete(path, headers=desk.headers)).json()["id"] == desk.account
    assert (await client.get(path, headers=desk.headers)).status_code == 404


async def test_a_changed_server_takes_its_own_password(desk: Desk) -> None:
    path = f"/api/email/accounts/{desk.account}"
    change = {"name": "Other", "smtp": server(desk.smtp.port, password="wrong")}
    answer = await desk.house.client.patch(path, json=change, headers=desk.headers)
    assert (answer.status_code, answer.json()["name"]) == (200, "Other")
    report = await desk.post(f"accounts/{desk.account}/test")
    assert (report["smtp"]["ok"], report["imap"]["ok"]) == (False, True)
    assert "refuses user name and password" in report["smtp"]["reason"]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": "a\nb"}, "name"),
    ({"address": "nobody"}, "address"),
    ({"smtp": None, "imap": None}, "body"),
    ({"smtp": server(0)}, "smtp.port"),
    ({"smtp": server(25, host="a b")}, "smtp.host"),
    ({"smtp": server(25, username="a\r\nMAIL FROM:<x>")}, "smtp.username"),
    ({"imap": server(993, password="")}, "imap.password"),
    ({"folders": []}, "folders"),
    ({"folders": ['INBOX"\r\nA1 LOGOUT']}, "folders.0"),
    ({"owner_id": "x"}, "owner_id"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED, ids=str)
async def test_what_is_refused_names_the_field(room: House, changes: dict[str, Any], field: str) -> None:
    ann = await room.account("ann")
    body = {"name": "Work", "address": USER, "smtp": server(25), **changes}
    answer = await room.client.post("/api/email/accounts", json=body, headers=ann)
    assert answer.status_code == 422
    assert [item["field"] for item in answer.json()["errors"]] == [field]


async def test_the_limit_is_told(desk: Desk) -> None:
    desk.house.service("email").accounts._most = 1
    body = {"name": "More", "address": USER, "smtp": server(25)}
    assert (await desk.post("accounts", body, status=409))["code"] == "too_many_mail_accounts"


async def test_an_older_key_is_read_and_what_it_encrypted_encrypted_again(
    fresh_database: FreshDatabase, servers: EmbeddedServers, serve: Serve, mail_settings: pytest.MonkeyPatch
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    mail_settings.setenv("EMAIL_ENCRYPTION_KEY", old)
    async with open_room(fresh_database, servers, serve, mail_settings) as house:
        ann = await house.account("ann")
        body = {"name": "Work", "address": USER, "smtp": server(25)}
        await house.client.post("/api/email/accounts", json=body, headers=ann)
        database, email = house.service("main_database"), house.service("email")
        mail_settings.setenv("EMAIL_ENCRYPTION_KEY", f"{new},{old}")
        both = open_vault(load_settings(SETTINGS))
        email.accounts._vault = both
        assert await email.accounts.seal_again() == 1
        assert await email.accounts.seal_again() == 0
        async with database.reading() as connection:
            secret = await connection.scalar(text("SELECT secret FROM email_accounts"))
        mail_settings.setenv("EMAIL_ENCRYPTION_KEY", new)
        assert open_vault(load_settings(SETTINGS)).open(secret) == {"smtp": PASSWORD}
        mail_settings.setenv("EMAIL_ENCRYPTION_KEY", old)
        with pytest.raises(CredentialsUnreadable):
            open_vault(load_settings(SETTINGS)).open(secret)


async def test_a_key_is_made_once_and_kept(mail_settings: pytest.MonkeyPatch) -> None:
    settings = load_settings(SETTINGS)
    sealed = open_vault(settings).seal({"smtp": "x"})
    assert open_vault(settings).open(sealed.secret) == {"smtp": "x"}
    assert kept_in(settings).stat().st_mode & 0o777 == 0o600
    kept_in(settings).write_text("no key\n")
    with pytest.raises(ServiceFailed, match="EMAIL_ENCRYPTION_KEY"):
        open_vault(settings)


async def test_production_wants_a_key(mail_settings: pytest.MonkeyPatch) -> None:
    mail_settings.setenv("ENVIRONMENT", "production")
    with pytest.raises(ServiceDisabled, match="EMAIL_ENCRYPTION_KEY"):
        open_vault(load_settings(SETTINGS))
