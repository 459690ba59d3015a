from textwrap import dedent

import pytest

from app.services.rag.chunking import Symbol, chunk

SMALL = '''\
"""A module."""

import os

LIMIT = 5


# Explains the registry.
@decorated
class Registry(Base):
    """Holds services."""

    depth: int = 0

    def start(self) -> None:
        self.run()


async def fetch(url: str) -> str:
    first = await get(url)
    second = await get(first)
    third = await get(second)
    return third


def tiny() -> int:
    return 1


def small() -> int:
    return 2


if __name__ == "__main__":
    tiny()
'''


def statements(count: int, indent: int) -> str:
    return "".join(f"{' ' * indent}value_{index} = compute({index}, 'some words')\n" for index in range(count))


def test_definitions_stand_alone_with_their_comments_and_decorators() -> None:
    found = [(item.start_line, item.end_line, item.kind, item.symbol, item.defines) for item in chunk("a.py", SMALL)]
    assert found == [
        (1, 5, "module", None, ("LIMIT",)),
        (8, 16, "class", "Registry", ("Registry", "depth", "start")),
        (19, 23, "function", "fetch", ("fetch",)),
        (26, 35, "module", None, ("tiny", "small")),
    ]


def test_symbols_tell_where_each_definition_stands() -> None:
    assert [symbol for item in chunk("a.py", SMALL) for symbol in item.symbols] == [
        Symbol("LIMIT", "LIMIT", "constant", 5, 5),
        Symbol("Registry", "Registry", "class", 10, 16),
        Symbol("depth", "Registry.depth", "constant", 13, 13),
        Symbol("start", "Registry.start", "method", 15, 16),
        Symbol("fetch", "fetch", "function", 19, 23),
        Symbol("tiny", "tiny", "function", 26, 27),
        Symbol("small", "small", "function", 30, 31),
    ]


def test_a_name_defined_twice_is_told_once() -> None:
    (found,) = chunk("a.py", "def f():\n    return 1\n\n\nx = 1\n\n\ndef g():\n    pass\n\n\ndef f():\n    return 2\n")
    assert [symbol.line for symbol in found.symbols if symbol.name == "f"] == [1, 12]
    assert found.defines == ("f", "x", "g")


def test_parts_of_one_function_stay_together() -> None:
    overload = "@overload\ndef get(key: {0}) -> {0}:\n    ...\n    # More words.\n    ...\n    ...\n\n\n"
    text = (
        overload.format("int")
        + overload.format("str")
        + f"def get(key):\n{statements(5, 4)}\n\ndef put(key):\n{statements(5, 4)}"
    )
    first, second = chunk("a.py", text)
    assert first.symbols == (Symbol("get", "get", "function", 2, 22),)
    assert (second.symbol, second.start_line) == ("put", 25)


def test_a_large_class_is_cut_by_member() -> None:
    body = statements(20, 8)
    text = (
        '@register\nclass Store(Base):\n    """Keeps things.\n\n    More words.\n    """\n\n    limit = 5\n\n'
        f"    # Opens it.\n    @cached\n    def open(self):\n{body}\n"
        "    @property\n    def name(self):\n        return 1\n\n"
        "    @property\n    def size(self):\n        return 2\n\n"
        f"    def close(self):\n{body}\nlast = 1\n"
    )
    found = [(item.kind, item.symbol, item.defines) for item in chunk("a.py", text)]
    assert found == [
        ("class", "Store", ("Store", "limit")),
        ("method", "Store.open", ("open",)),
        ("class", "Store", ("name", "size")),
        ("method", "Store.close", ("close",)),
        ("module", None, ("last",)),
    ]
    opening = chunk("a.py", text)[1]
    assert opening.text.startswith("    # Opens it.\n    @cached\n    def open(self):")


def test_the_line_of_a_class_joins_its_first_method() -> None:
    text = f"class A:\n    def first(self):\n{statements(20, 8)}\n    def second(self):\n{statements(20, 8)}"
    first, second = chunk("a.py", text)
    assert (first.symbol, first.kind, first.defines) == ("A.first", "method", ("A", "first"))
    assert second.symbol == "A.second"


def test_a_long_function_is_cut_between_statements() -> None:
    loop = f"    for item in items:\n{statements(8, 8)}"
    text = f"def work(items):\n{loop * 12}"
    chunks = chunk("a.py", text)
    assert len(chunks) > 2
    assert {(item.symbol, item.kind) for item in chunks} == {("work", "function")}
    assert [item.defines for item in chunks] == [("work",)] + [()] * (len(chunks) - 1)
    assert all(item.text.startswith("    for item in items:") for item in chunks[1:])


def test_functions_within_a_long_function_are_named() -> None:
    text = f"def outer():\n{statements(30, 4)}\n    def inner():\n{statements(10, 8)}\n{statements(30, 4)}"
    symbols = [item.symbol for item in chunk("a.py", text)]
    assert "outer.inner" in symbols
    assert symbols[0] == symbols[-1] == "outer"


def test_definitions_under_a_condition_are_found() -> None:
    body = statements(6, 8)
    text = f"try:\n    import fast\nexcept ImportError:\n    def slow():\n{body}\nelse:\n    def quick():\n{body}"
    assert {name for item in chunk("a.py", text) for name in item.defines} >= {"slow", "quick"}
    assert {item.symbol for item in chunk("a.py", text)} >= {"slow", "quick"}


@pytest.mark.parametrize("half_typed", ["x = = 1", "print(", "def bad(", "class Bad("])
def test_broken_syntax_still_gives_the_definitions_around_it(half_typed: str) -> None:
    text = f"def good():\n{statements(5, 4)}\n{half_typed}\n\ndef other():\n{statements(5, 4)}"
    symbols = {item.symbol for item in chunk("a.py", text)}
    assert {"good", "other"} <= symbols


def test_line_numbers_count_line_feeds_only() -> None:
    text = "a = '\u2028'\r\n\f\r\n\0\rb = 2\r\n" + dedent(
        """
        def f():
            one()
            two()
            three()
            four()
        """
    )
    (found,) = chunk("a.py", text)
    assert (found.symbol, found.start_line, found.end_line) == ("f", 1, 9)
