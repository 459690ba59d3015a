"""Every line is in one chunk, whatever the file holds."""

import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.rag.chunking import Chunk, chunk
from app.services.rag.chunking.chunk import MAXIMUM_SIZE

SAMPLES = sorted(path for path in Path(__file__).with_name("samples").iterdir() if path.suffix != ".expected")
NAMES = ("a.md", "a.txt", *(path.name for path in SAMPLES))
FRAGMENTS = (
    "def f(a):", "class A(B):", "    return 1", "@decorator", "async def", "# note", "// note", "/* note", "*/",
    "function f() {", "export default class {", "=> {", "}", "{", "(", ")", "[", "`${", "'", '"""', "x = 1;",
    "## Heading", "===", "```", "---", "- item", "> quote", "|a|b|", "\t", "  ", "\n", "\n\n", "\r\n", "\r", "\f",
    "\0", "\x85", "\u2028", "\ud800", "é", "word " * 200, "m" * (MAXIMUM_SIZE + 100),
)  # fmt: skip
STANDARD_LIBRARY = Path(sysconfig.get_paths()["stdlib"])


def check_coverage(text: str, chunks: list[Chunk]) -> None:
    rows = text.split("\n")
    covered = [0] * len(rows)
    last_line = 0
    for item in chunks:
        assert len(item.text) <= MAXIMUM_SIZE
        first_row = item.start_line - 1
        is_part = item.start_line == item.end_line and len(rows[first_row]) > MAXIMUM_SIZE
        assert item.start_line > last_line or (is_part and item.start_line == last_line)
        assert is_part or item.text == "\n".join(rows[first_row : item.end_line])
        assert all(item.start_line <= symbol.line <= min(item.end_line, symbol.end_line) for symbol in item.symbols)
        for row in range(first_row, item.end_line):
            covered[row] += 1
        last_line = item.end_line
    for line, times in zip(rows, covered, strict=True):
        if len(line) > MAXIMUM_SIZE and line.strip():
            assert times > 1
        else:
            assert times == 1 or (times == 0 and not line.strip())


# The first file of a language compiles its query, which takes up to 0.2 s.
@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=20), max_size=60), st.sampled_from(NAMES))
def test_every_line_is_in_one_chunk_of_any_text(parts: list[str], name: str) -> None:
    text = "".join(parts)
    check_coverage(text, chunk(name, text))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), min_size=30, max_size=400), st.sampled_from(NAMES))
def test_every_line_is_in_one_chunk_of_long_texts(rows: list[str], name: str) -> None:
    text = "\n".join(rows)
    check_coverage(text, chunk(name, text))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_line_is_in_one_chunk_of_a_broken_sample(path: Path, data: st.DataObject) -> None:
    text = path.read_text("utf-8")
    rows = text[: data.draw(st.integers(0, len(text)))].split("\n")
    if data.draw(st.booleans()):
        rows = data.draw(st.permutations(rows))
    broken = "\n".join(rows)
    check_coverage(broken, chunk(path.name, broken))


def test_every_line_is_in_one_chunk_of_real_files() -> None:
    files = sorted(path for path in STANDARD_LIBRARY.rglob("*.py") if "site-packages" not in path.parts)
    for path in files[::15]:
        text = path.read_bytes().decode("utf-8", "replace")
        check_coverage(text, chunk(path.name, text))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "(\n" * 30_000 + ")\n" * 30_000,
        "[" * 50_000 + "]" * 50_000,
        "lambda x:" * 5_000,
        "a<\n" * 20_000,
        "function f() {\n" * 10_000,
        "\n".join(" " * depth + "class f:" for depth in range(500)),
        "`${\n" * 20_000,
        ">" * 20_000,
        "- " * 20_000,
        "m" * 100_000,
        "\n" * 100_000,
        "",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_files_are_cut(text: str, name: str) -> None:
    check_coverage(text, chunk(name, text))


def test_the_parts_of_an_over_long_line_are_the_line() -> None:
    line = "var a=function(){return 'a'};" * 4_000
    chunks = chunk("bundle.min.js", f"\n{line}\nlast()\n")
    parts = [item.text for item in chunks if item.start_line == 2]
    assert "".join(parts) == line
    assert all(part.endswith((";", "}", "{", ")", "(", " ")) for part in parts)
    assert (chunks[-1].start_line, chunks[-1].end_line) == (3, 3)


def test_an_over_long_line_defines_in_its_first_part() -> None:
    text = "\n".join(["let a = 1;"] * 100 + [f"const table = [{'1, ' * 2_000}];"])
    parts = [item for item in chunk("a.js", text) if item.start_line == 101]
    assert len(parts) > 1
    assert [item.defines for item in parts] == [("table",)] + [()] * (len(parts) - 1)
