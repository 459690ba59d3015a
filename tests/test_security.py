"""SECURITY.md and docs/dependencies.md say what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SECURITY = (ROOT / "SECURITY.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)`", SECURITY)))


@pytest.mark.parametrize("path", NAMED)
def test_every_promise_names_a_file_of_tests_that_exists(path: str) -> None:
    assert re.search(r"^\s*(async )?def test_", (ROOT / path).read_text(), re.MULTILINE)


def test_every_promise_names_one() -> None:
    rows = [row for row in SECURITY.splitlines() if row.startswith("| ") and "`tests/" in row]
    table = SECURITY.partition("## What is promised")[2].partition("\n\n`python")[0]
    assert len(rows) == len([row for row in table.splitlines() if row.startswith("| ")]) - 1


def required(name: str) -> dict[str, str]:
    """The packages of a list, each with the reason beside it."""
    found = {}
    for line in (ROOT / name).read_text().splitlines():
        match = re.match(r"([A-Za-z0-9_.-]+)(?:\[[a-z]+\])?[^#]*(?:#\s*(.*))?$", line)
        if match and not line.startswith(("-", "#")):
            found[match[1]] = match[2] or ""
    return found


def test_every_dependency_has_its_reason_its_licence_and_who_keeps_it() -> None:
    extras = ("sentence-transformers", "llm", "tts", "jxl")
    lists = ("requirements.in", "requirements-dev.in", *(f"requirements-{extra}.in" for extra in extras))
    wanted = {package: why for name in lists for package, why in required(name).items()}
    listed: dict[str, str] = {}
    for row in (ROOT / "docs" / "dependencies.md").read_text().splitlines():
        if row.startswith("| `"):
            packages, why, licence, keeper = (cell.strip() for cell in row.strip("| ").split(" | "))
            assert licence
            assert keeper
            listed |= dict.fromkeys(re.findall(r"`([^`]+)`", packages), why)
    assert set(listed) == set(wanted)
    grammars = {package for package in wanted if package.startswith("tree-sitter-")}
    assert {package: why for package, why in wanted.items() if why and package not in grammars} == {
        package: listed[package] for package, why in wanted.items() if why and package not in grammars
    }
