from pathlib import Path

import pytest

from scripts.embedding_training.comments import pairs_of
from scripts.embedding_training.evaluate import shares_no_word
from scripts.embedding_training.mining import mine
from scripts.embedding_training.sources import is_forbidden

PYTHON = (
    "class Door:\n"
    "    def shut(self, hard):\n"
    '        """Close it, and lock it.\n'
    "\n"
    "        Args: x\n"
    '        """\n'
    "        self.open = hard\n"
)
GO = "// Shut closes the door and locks it.\nfunc (d *Door) Shut(hard bool) {\n\td.open = !hard\n}\n\nvar other = 1\n"
JAVA = (
    "  /**\n"
    "   * Closes the door and locks it.\n"
    "   */\n"
    "  @Override\n"
    "  void shut() {\n"
    "    open = false;\n"
    "  }\n"
    "  int other;\n"
)
ELIXIR = (
    '  @doc """\n'
    "  Closes the door and locks it.\n"
    '  """\n'
    "  def shut(door) do\n"
    "    %{door | open: false}\n"
    "  end\n"
    "  def other, do: 1\n"
)


@pytest.mark.parametrize(
    ("suffix", "text", "symbol"),
    [(".py", PYTHON, "shut"), (".go", GO, "Shut"), (".java", JAVA, "shut"), (".ex", ELIXIR, "shut")],
)
def test_a_comment_is_paired_with_the_whole_of_its_declaration_only(suffix: str, text: str, symbol: str) -> None:
    (pair,) = [pair for pair in pairs_of(suffix, text) if pair.symbol == symbol]
    assert "lock" in pair.words
    assert "open" in pair.code
    assert "lock" not in pair.code
    assert "other" not in pair.code


def test_a_file_that_does_not_parse_gives_nothing() -> None:
    assert list(pairs_of(".py", "def (")) == []


def test_the_name_and_the_copies_of_others_are_left_out(tmp_path: Path) -> None:
    for folder in ("src", "vendor", "requests"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "door.go").write_text(GO.replace("door", f"{folder} door"))
    (record,) = mine("doors", tmp_path)
    assert record["path"] == "src/door.go"
    assert record["words"] == "closes the src door and locks it."


@pytest.mark.parametrize("path", ["a/requests/api.py", "lib/Plug/conn.ex", "src/gson.java", "x/node_modules/y/z.js"])
def test_benchmark_repositories_are_never_read(path: str) -> None:
    assert is_forbidden(Path(path))


def test_shared_words_are_seen_through_identifiers() -> None:
    pair = {"words": "close the door", "path": "a.py", "symbol": "f", "code": "self.closeAll()"}
    assert not shares_no_word(pair)
    assert shares_no_word({**pair, "code": "self.the_latch()"})
