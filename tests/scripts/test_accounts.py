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


async def test_what_a_script_does_is_in_the_audit_log(terminal: Terminal, accounts: External) -> None:
    await terminal.types(CREATE, "--username", "ann", "--generate")
    await terminal.types(CREATE, "--username", "ann", "--promote")
    sql = "SELECT event, username, actor_id, address, details FROM audit_log ORDER BY id"
    first, second = await accounts.ask(sql, database=accounts.name(DatabaseName.auth))
    assert tuple(first) == ("registered", "ann", None, None, '{"role": "admin", "by_script": true}')
    assert tuple(second)[:2] == ("user_changed", "ann")


async def test_a_kept_key_is_rotated(terminal: Terminal) -> None:
    code, said = await terminal.types("scripts/rotate_key.py")
    assert (code, "the first start makes one" in said) == (0, True)
    file = terminal.home / ".reynard" / "secrets" / "secret_key"
    file.parent.mkdir(parents=True)
    file.write_text("k" * 40)
    code, said = await terminal.types("scripts/rotate_key.py")
    assert (code, said) == (
        0,
        "A new key signs from the next start on; older keys that are still accepted: 1.\n",
    )
    first, second = file.read_text().splitlines()
    assert second.split()[0] == "k" * 40
    assert first not in said
    file.write_text("nonsense")
    code, said = await terminal.types("scripts/rotate_key.py")
    assert (code, "is damaged" in said) == (1, True)


async def test_a_key_of_ones_own_is_rotated_by_hand(terminal: Terminal) -> None:
    code, said = await terminal.types("scripts/rotate_key.py", SECRET_KEY="x" * 40)
    assert code == 0
    assert "SECRET_KEYS_PREVIOUS" in said
    assert "x" * 40 not in said
