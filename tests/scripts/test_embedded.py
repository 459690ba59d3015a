"""Scripts that look into the embedded servers, for a person at this machine."""

import pytest

from app.db.settings import DatabaseName
from tests.scripts.conftest import Terminal

pytestmark = pytest.mark.anyio


async def test_everything_is_set_up_on_the_embedded_server_and_can_be_looked_at(terminal: Terminal) -> None:
    code, said = await terminal.types("scripts/setup_all_databases.py")
    assert code == 0, said
    assert said.count("embedded") == len(DatabaseName)

    code, said = await terminal.types("scripts/urls.py")
    assert code == 0, said
    assert [line.split()[0] for line in said.splitlines()] == [*DatabaseName, "redis"]
    assert all("://" in line.split()[1] for line in said.splitlines())

    question = ("-AtX", "-c", "SELECT count(*) FROM users")
    assert await terminal.types("scripts/psql.py", "auth", *question) == (0, "0\n")
    code, said = await terminal.types("scripts/psql.py", "nowhere")
    assert code == 1
    assert said == "There is no database 'nowhere'; there are main, auth, ecs, e2e, ecs_e2e.\n"


@pytest.mark.parametrize(
    "script", ["setup_all_databases.py", "urls.py", "psql.py", "run_migrations.py", "init_auth_database.py"]
)
async def test_settings_that_cannot_be_used_are_one_sentence(terminal: Terminal, script: str) -> None:
    code, said = await terminal.types(f"scripts/{script}", DATABASE_URL="mysql://somewhere/else")
    assert code == 1
    assert said.startswith("DATABASE_URL: ")
    assert said.count("\n") == 1
