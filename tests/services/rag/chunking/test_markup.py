"""reStructuredText and AsciiDoc by heading; scripts within markup."""

import pytest

from app.services.rag.chunking import Chunk, chunk

RST = """\
=======
 Guide
=======

Some words
about the guide.
In three lines.

Install
=======

Words about installing.
More words.
And more.

Docker
------

::

    Not a title
    docker run

====  ====
a     b
====  ====
"""

ADOC = """\
= Guide

Some words about the guide.
More words.
And more.

== Install

----
== not a title
----

Words about installing.

=== Docker

Words about Docker.
More words.
And more.

== Use

Words about use.
More words.
And more.
"""

COMPONENT = """\
<template>
  <button @click="press">
    {{ count }}
  </button>
</template>

<script setup lang="ts">
import { ref } from "vue";

const count = ref<number>(0);

function press(): void {
  count.value += 1;
  emit("press", count.value);
  log("pressed");
}
</script>

<style>
button { color: red }
</style>
"""


def labels(chunks: list[Chunk]) -> list[tuple[int, int, str, str | None]]:
    return [(item.start_line, item.end_line, item.kind, item.symbol) for item in chunks]


def test_restructuredtext_is_cut_where_titles_are_underlined() -> None:
    assert labels(chunk("a.rst", RST)) == [
        (1, 7, "section", "Guide"),
        (9, 14, "section", "Guide > Install"),
        (16, 26, "section", "Guide > Install > Docker"),
    ]


def test_asciidoc_is_cut_at_titles_outside_of_listings() -> None:
    assert labels(chunk("a.adoc", ADOC)) == [
        (1, 5, "section", "Guide"),
        (7, 13, "section", "Guide > Install"),
        (15, 19, "section", "Guide > Install > Docker"),
        (21, 25, "section", "Guide > Use"),
    ]


def test_a_long_section_is_cut_between_paragraphs() -> None:
    paragraph = "Some words that fill a line of the page.\n" * 8 + "\n"
    chunks = chunk("a.rst", "Long\n====\n\n" + paragraph * 12)
    assert len(chunks) > 1
    assert {item.symbol for item in chunks} == {"Long"}
    assert all(item.text.startswith(("Long", "Some words")) for item in chunks)


@pytest.mark.parametrize("path", ["a.vue", "a.svelte", "a.html"])
def test_scripts_are_found_within_markup(path: str) -> None:
    chunks = chunk(path, COMPONENT)
    found = {symbol.name: (symbol.kind, symbol.line, symbol.end_line) for item in chunks for symbol in item.symbols}
    assert found == {"count": ("constant", 10, 10), "press": ("function", 12, 16)}
    assert {item.language for item in chunks} == {path[2:]}


def test_data_in_a_script_is_no_program() -> None:
    text = '<script type="application/json">\nfunction press() {}\n</script>\n'
    assert [item.symbols for item in chunk("a.html", text)] == [()]
