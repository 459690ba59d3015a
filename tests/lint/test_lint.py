"""Nothing goes round the helpers, and no statement holds a value. The exceptions are here, each with its reason."""

from pathlib import Path

import pytest

from tests.lint.doors import connects, decodes_pictures, reaches_files
from tests.lint.sql import Module, takers

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {
    file.relative_to(ROOT).as_posix(): file.read_text()
    for folder in ("app", "alembic", "scripts")
    for file in sorted((ROOT / folder).rglob("*.py"))
}
TAKERS = {name: place for source in SOURCES.values() for name, place in takers(source).items()}

WHERE = "conditions from a constant table, by the names of a model's fields; their values are bound"

COMPOSED = {
    ("app/db/fetching.py", "statement"): "the statement that was given, with $1 in place of :name",
    ("app/db/provision.py", "text(f'CREATE SCHEMA IF NOT EXISTS {schema}')"): "one of two names of ours",
    ("app/db/provision.py", "f'CREATE SCHEMA IF NOT EXISTS {schema}'"): "the same",
    ("app/services/email/mailbox.py", "part"): "IMAP's fetch, no statement",
    ("app/services/email/mailbox.py", "uids"): "the same",
    ("app/services/email/mailbox.py", "[uid]"): "the same",
    ("app/services/email/message_repository.py", "text(f'SELECT count(*) {MESSAGES} WHERE {where}')"): WHERE,
    ("app/services/email/message_repository.py", "f'SELECT count(*) {MESSAGES} WHERE {where}'"): WHERE,
    ("app/services/email/message_repository.py", "text(whole)"): WHERE,
    ("app/services/email/message_repository.py", "whole"): WHERE,
    (
        "app/services/email/sync_repository.py",
        "insert_or_skip(Folder).values(account_id=account_id, name=name).on_conflict_do_nothing()",
    ): "built by SQLAlchemy, which binds the values",
    ("app/services/email/sync_repository.py", "wanted"): "the same",
}
"""Statements that are put together of more than constants, and why that is safe."""

PICTURES = {
    "app/core/pictures.py": "the helper itself",
    "app/services/images": "what the helper opened is resized, turned and written, in a child",
    "app/services/rag/legs/backends": "small JPEGs that the helper made, in the child that embeds them",
}

CONNECTIONS = {
    "app/core/adapter/client.py": "neighbours whose addresses are settings",
    "app/core/outbound/connecting.py": "the helper itself, for mail servers",
    "app/core/outbound/fetching.py": "the helper itself",
    "app/core/outbound/pinning.py": "the same",
    "app/db/embedded": "our own servers on this machine",
    "app/server.py": "listens",
    "app/services/ollama/builtin": "our own child on this machine",
    "scripts": "talk to the server that a person names on the command line",
}
"""Files and folders that connect to others, and to whom."""

FILES = {
    "app/services/email/accounts.py": "open is that of the vault, and reaches nothing",
    "app/services/email/credentials.py": "keys below the data directory, whose name is ours",
    "app/services/gatekeeper": "keys below the data directory, whose name is a setting",
    "app/services/ollama/builtin/model.py": "a model that is installed with us",
    "app/services/rag/indexing": "walks the directories of sources, which app.core.paths let in, and follows no link",
    "app/services/rag/legs/backends": "models, whose names are settings; and the streams of a child",
    "app/services/rag/chunking/grammar.py": "queries that are installed with us",
    "app/services/search/syntax/matchers.py": "resolve is that of a matcher, and reaches nothing",
    "app/services/ecs": "data files that are installed with us",
    "app/services/tts": "speech below the data directory, named by a hash; voices of a directory that is a setting",
}
"""Rooms that reach the disk, and for what; others do it by app.core.paths."""


def excepted(path: str, exceptions: dict[str, str]) -> bool:
    return any(path == known or path.startswith(f"{known}/") for known in exceptions)


@pytest.mark.parametrize("path", SOURCES)
def test_statements_are_constants(path: str) -> None:
    found = {item.source: item.line for item in Module(SOURCES[path], TAKERS).findings()}
    left = {source: line for source, line in found.items() if (path, source) not in COMPOSED}
    assert left == {}, f"bind values as parameters in {path}"


def test_pictures_are_opened_in_one_place() -> None:
    assert [path for path in SOURCES if decodes_pictures(SOURCES[path]) and not excepted(path, PICTURES)] == []


def test_other_servers_are_called_in_few_places() -> None:
    left = {path: names for path in SOURCES if (names := connects(SOURCES[path])) and not excepted(path, CONNECTIONS)}
    assert left == {}, "use app.core.adapter for neighbours, app.core.outbound for URLs of users"


def test_rooms_reach_the_disk_in_few_places() -> None:
    rooms = [path for path in SOURCES if path.startswith(("app/services/", "app/system/", "app/middleware/"))]
    left = {path: names for path in rooms if (names := reaches_files(SOURCES[path])) and not excepted(path, FILES)}
    assert left == {}, "use app.core.paths, or say here why not"


def test_every_exception_is_needed() -> None:
    composed = {(path, item.source) for path in SOURCES for item in Module(SOURCES[path], TAKERS).findings()}
    assert set(COMPOSED) <= composed
    for exceptions, finds in ((PICTURES, decodes_pictures), (CONNECTIONS, connects), (FILES, reaches_files)):
        for known in exceptions:
            covered = [path for path in SOURCES if path == known or path.startswith(f"{known}/")]
            assert any(finds(SOURCES[path]) for path in covered), known


BAD = [
    'session.execute(text(f"SELECT * FROM users WHERE name = {name}"))',
    'session.execute("SELECT * FROM users WHERE name = " + name)',
    'session.execute("SELECT %s" % name)',
    'session.execute("SELECT {}".format(name))',
    'sql = "SELECT 1"\n    sql += name\n    session.execute(text(sql))',
    'sql = "SELECT {}"\n    session.execute(sql.format(name))',
    'sql = "SELECT {}"\n    session.execute(sql.replace("{}", name))',
    'sql = f"SELECT {name}" if name else "SELECT 1"\n    session.execute(text(sql))',
    'session.execute(text("SELECT " + ", ".join(name)))',
    'session.execute(text(", ".join(f"{part}" for part in name)))',
    "session.execute(text(name))",
    "session.execute(name)",
    'database.fetch(f"SELECT {name!r}", {})',
    'database.fetch(sql=f"SELECT {name}")',
    'connection.fetchval(f"SELECT {name.upper()}")',
    'for part in name:\n        session.execute(f"SELECT {part}")',
    'one, other = "SELECT", name\n    session.execute(f"{one} {other}")',
    'statement(f"SELECT {name}")',
    'select(User).where(text(f"name = {name}"))',
    "query = select(User)\n    session.execute(query.where(text(name)))",
]
GOOD = [
    'session.execute(text("SELECT * FROM users WHERE name = :name"), {"name": name})',
    'session.execute(text(f"SELECT {COLUMNS} FROM users"))',
    'session.execute(text(f"SELECT * FROM leg_{name:d}"))',
    "session.execute(select(User).where(User.name == name))",
    "query = select(User)\n    query = query.where(User.name == name)\n    session.execute(query.limit(3))",
    'inside = "a = 1" if name else "b = 2"\n    session.execute(text(f"SELECT {inside}"))',
    'parts = ["a = 1"]\n    session.execute(text(" AND ".join(parts)))',
    'inside, values = condition(name)\n    session.execute(text(f"SELECT {inside}"))',
    'session.execute(f"CREATE DATABASE {quoted(name)}")',
]


def wrapped(body: str) -> str:
    return f"async def ask(session, database, connection, name):\n    {body}\n"


@pytest.mark.parametrize("body", BAD)
def test_a_statement_with_a_value_in_it_is_found(body: str) -> None:
    assert list(Module(wrapped(body), {"statement": 0}).findings())


@pytest.mark.parametrize("body", GOOD)
def test_a_constant_statement_is_not(body: str) -> None:
    assert not list(Module(wrapped(body), {"statement": 0}).findings())


def test_a_condition_is_looked_at_where_it_is_made() -> None:
    made = 'def condition(scope):\n    return f"source = {scope.source}", {}\n'
    assert list(Module(made, {}).findings())


@pytest.mark.parametrize(
    "source", ["import PIL.Image", "from PIL import Image", "from PIL.Image import open", "import PIL as pictures"]
)
def test_a_use_of_pillow_is_found(source: str) -> None:
    assert decodes_pictures(source)


@pytest.mark.parametrize(
    "source",
    [
        "import requests", "from urllib.request import urlopen", "import urllib.request", "from urllib import request",
        "import httpx", "httpx2.AsyncClient()", "asyncio.open_connection(host, 80)", "socket.socket()",
        "import aiohttp",
    ],
)  # fmt: skip
def test_a_call_of_another_server_is_found(source: str) -> None:
    assert connects(source)


@pytest.mark.parametrize("source", ["open(name)", "Path(name).read_text()", "(root / name).open()", "os.fdopen(1)"])
def test_a_way_to_the_disk_is_found(source: str) -> None:
    assert reaches_files(source)
