"""Setting up and migrating databases on a server of the operator's, by URL."""

import pytest

from app.db.migrations.history import head
from app.db.settings import DatabaseName
from tests.scripts.conftest import ROOT, External, Terminal

pytestmark = pytest.mark.anyio

SETUP = "scripts/setup_all_databases.py"


async def test_an_administrator_sets_everything_up_and_again_without_a_change(
    terminal: Terminal, external: External
) -> None:
    terminal.variables |= external.variables
    code, said = await terminal.types(SETUP, "--admin-url", external.admin_url)
    assert code == 0, said
    rows = [line for line in said.splitlines() if line.split()[0] in list(DatabaseName)]
    assert len(rows) == len(DatabaseName)
    assert all("created" in row and "migrated" in row for row in rows)
    assert "p%40ss" not in said

    code, said = await terminal.types(SETUP)
    assert (code, said.count("up to date")) == (0, len(DatabaseName)), said
    assert (await terminal.types("scripts/run_migrations.py"))[0] == 0


async def test_roles_own_their_database_and_nothing_else(terminal: Terminal, external: External) -> None:
    terminal.variables |= external.variables
    code, said = await terminal.types(SETUP, ADMIN_DATABASE_URL=external.admin_url)
    assert code == 0, said
    roles = await external.ask(
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname LIKE $1",
        f"%\\_{external.tag}",
    )
    assert [tuple(role) for role in roles] == [(False,) * 5] * len(DatabaseName)
    main, auth = external.name(DatabaseName.main), external.name(DatabaseName.auth)
    allowed = await external.ask(
        "SELECT r, d, has_database_privilege(r, d, 'CONNECT') AS may FROM unnest($1::text[]) r, unnest($1::text[]) d",
        [main, auth],
    )
    assert {(row["r"], row["d"]) for row in allowed if row["may"]} == {(main, main), (auth, auth)}


async def test_without_an_administrator_each_failure_says_what_to_run(terminal: Terminal, external: External) -> None:
    terminal.variables |= external.variables
    code, said = await terminal.types(SETUP)
    assert code == 1
    assert said.count(f"password rejected for user {external.name(DatabaseName.main)}") == 1
    assert f'CREATE DATABASE "{external.name(DatabaseName.main)}"' in said
    assert "CREATE EXTENSION vector;" in said
    assert "p%40ss" not in said
    assert "p@ss" not in said


async def test_one_database_that_fails_does_not_keep_the_others_from_it(terminal: Terminal, external: External) -> None:
    terminal.variables |= external.variables | {"ECS_DATABASE_URL": "postgresql://x:y@127.0.0.1:1/ecs"}
    code, said = await terminal.types(SETUP, "--admin-url", external.admin_url)
    assert code == 1
    assert "nothing answers at 127.0.0.1:1" in said
    assert said.count("created") == len(DatabaseName) - 1


async def test_migrate_goes_down_and_up_and_shows_where_it_is(terminal: Terminal, external: External) -> None:
    terminal.variables |= external.variables
    assert (await terminal.types(SETUP, "--admin-url", external.admin_url))[0] == 0
    newest = head("ecs")
    migrate = "scripts/migrate.py"
    assert (await terminal.types(migrate, "current", "ecs")) == (0, f"ecs ecs: at {newest}, newest {newest}\n")
    code, said = await terminal.types(migrate, "downgrade", "ecs")
    assert code == 0
    assert f"at {newest}" not in said
    assert (await terminal.types(migrate, "upgrade", "ecs")) == (0, "ecs: migrated ecs\n")
    code, said = await terminal.types(migrate, "upgrade", "all")
    assert (code, said.count("already at the newest revision")) == (0, len(DatabaseName)), said
    code, said = await terminal.types(migrate, "history", "all")
    assert code == 0
    assert all(head(history) in said for history in ("main", "auth", "ecs"))


async def test_alembic_itself_works_from_any_directory(terminal: Terminal, external: External) -> None:
    terminal.variables |= external.variables
    assert (await terminal.types(SETUP, "--admin-url", external.admin_url))[0] == 0
    for history in ("main", "auth", "ecs"):
        file = "alembic.ini" if history == "main" else f"alembic_{history}.ini"
        configuration = ("-c", str(ROOT / file))
        assert (await terminal.types("alembic", *configuration, "upgrade", "head"))[0] == 0
        code, said = await terminal.types("alembic", *configuration, "current")
        assert (code, head(history) in said) == (0, True), said


@pytest.mark.parametrize("arguments", [("create", "all", "-m", "x"), ("create", "main"), ("upgrade", "nowhere"), ()])
async def test_migrate_refuses_what_makes_no_sense(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    code, said = await terminal.types("scripts/migrate.py", *arguments)
    assert code != 0
    assert "Traceback" not in said


async def test_psql_opens_a_database_by_url(terminal: Terminal, external: External) -> None:
    url = external.admin_url.replace("postgresql://", "postgresql+asyncpg://")
    asked = ("scripts/psql.py", "ecs", "-AtX", "-c", "SELECT current_database()")
    assert await terminal.types(*asked, ECS_DATABASE_URL=url) == (0, "postgres\n")
