"""Which files belong to the index."""

import pytest

from app.services.rag.indexing.rules import Rules


@pytest.mark.parametrize(
    "path", ["a.py", "src/deep/b.ts", "README", "Makefile", "env.example", ".env.example", "x.unknown"]
)
def test_text_and_code_are_taken(path: str) -> None:
    assert Rules().takes(path)


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.production",
        "deploy/prod.env",
        "server.pem",
        "keys/id_rsa",
        "ID_RSA",
        "a/.netrc",
        "credentials.json",
    ],
)
def test_secrets_are_never_taken_even_when_included(path: str) -> None:
    assert not Rules(include=("*", path)).takes(path)


@pytest.mark.parametrize("path", ["logo.png", "app.min.js", "poetry.lock", "package-lock.json", "a.PNG", "x/y.so"])
def test_binary_generated_and_lock_files_are_left_out(path: str) -> None:
    assert not Rules().takes(path)


@pytest.mark.parametrize("name", [".git", ".venv", "node_modules", ".reynard", "__pycache__", "dist"])
def test_default_directories_are_not_entered(name: str) -> None:
    assert not Rules().enters(name)


def test_settings_narrow_further() -> None:
    rules = Rules(include=("*.py",), exclude_directories=frozenset({"legacy"}), exclude_files=("gen_*",))
    assert rules.takes("a/b.py")
    assert not rules.takes("a/b.ts")
    assert not rules.takes("a/gen_b.py")
    assert not rules.enters("legacy")
