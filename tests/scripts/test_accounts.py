"""The database of accounts, and making administrators."""

import pytest

from app.db.settings import DatabaseName
from tests.scripts.conftest import External, Terminal

pytestmark = pytest.mark.anyio

CREATE = "scripts/create_admin.py"


@pytest.fixture
async def accounts(terminal: Terminal, external: External) -> External:
    """The database of accounts alone, set up."""
    terminal.variables |= {"AUTH_DATABASE_URL": external.url(DatabaseName.auth), "GATEKEEPER_PBKDF2_ITERATIONS": "1000"}
    code, said = await terminal.types("scripts/init_auth_database.py", "--admin-url", external.admin_url)
    assert code == 0, said
    assert "create_admin.py" in said
    return external


async def roles(accounts: External) -> dict[str, str]:
    rows = await accounts.ask("SELECT username, role FROM users", database=accounts.name(DatabaseName.auth))
    return {row["username"]: row["role"] for row in rows}


async def test_a_generated_password_is_shown_once(terminal: Terminal, accounts: External) -> None:
    code, said = await terminal.types(CREATE, "--username", "ann", "--email", "ann@example.com", "--generate")
    assert code == 0, said
    assert "Its password is" in said
    assert await roles(accounts) == {"ann": "admin"}


async def test_a_password_comes_from_standard_input_and_is_never_printed(
    terminal: Terminal, accounts: External
) -> None:
    given = ("--username", "ann", "--password-stdin")
    code, said = await terminal.types(CREATE, *given, stdin="a long enough one\n")
    assert (code, said) == (0, "The administrator ann was made.\n")
    code, said = await terminal.types(CREATE, *given, stdin="a long enough one\n")
    assert code == 1
    assert "--promote" in said


async def test_an_account_is_promoted(terminal: Terminal, accounts: External) -> None:
    insert = "INSERT INTO users (username, role, password_hash) VALUES ('bob', 'user', 'x')"
    await accounts.ask(insert, database=accounts.name(DatabaseName.auth))
    assert (await terminal.types(CREATE, "--username", "BOB", "--promote"))[0] == 0
    assert await roles(accounts) == {"bob": "admin"}
    code, said = await terminal.types(CREATE, "--username", "nobody", "--promote")
    assert code == 1
    assert "leave --promote out" in said


@pytest.mark.parametrize(
    ("username", "password", "said_of"),
    [("ann", "short", "password"), ("ann", "password123", "password"), ("a b", "a long enough one", "username")],
)
async def test_the_rules_of_registration_hold_here_too(
    terminal: Terminal, accounts: External, username: str, password: str, said_of: str
) -> None:
    code, said = await terminal.types(CREATE, "--username", username, "--password-stdin", stdin=f"{password}\n")
    assert code == 1
    assert said.startswith(f"{said_of}: ")
    assert password not in said
    assert await roles(accounts) == {}
