from app.services.rag.chunking import chunk

GUIDE = """\
---
title: Guide
# not a heading
---

# Guide

Intro line one.
Intro line two.
Intro line three.

## Install

Words about installing.
More words.
And more.

### Docker

```sh
# not a heading
docker run
```

Setext *heading*
----------------

Last words.

- item
  # not a section
"""


def test_sections_carry_their_trail() -> None:
    found = [(item.start_line, item.end_line, item.symbol, item.kind) for item in chunk("guide.md", GUIDE)]
    assert found == [
        (1, 10, "Guide", "section"),
        (12, 16, "Guide > Install", "section"),
        (18, 23, "Guide > Install > Docker", "section"),
        (25, 31, "Guide > Setext *heading*", "section"),
    ]


def test_a_heading_without_text_joins_its_first_section() -> None:
    (found,) = chunk("a.md", "# Title\n\n## Part\n\none\ntwo\nthree\nfour\n")
    assert (found.start_line, found.end_line, found.symbol) == (1, 8, "Title > Part")


def test_small_sections_gather_under_their_parent() -> None:
    text = "# Changes\n\n" + "".join(f"## 1.{index}\n\n- fix {index}\n\n" for index in range(10))
    (found,) = chunk("CHANGES.md", text)
    assert found.symbol == "Changes"


def test_a_long_section_is_cut_between_blocks() -> None:
    paragraph = "Some words that fill a line of the page.\n" * 8 + "\n"
    fence = "```\n" + "code without end\n\n" * 20 + "```\n\n"
    chunks = chunk("a.md", "# Long\n\n" + (paragraph + fence) * 6)
    assert len(chunks) > 2
    assert {item.symbol for item in chunks} == {"Long"}
    assert all(item.text.startswith(("# Long", "Some words", "```")) for item in chunks)


def test_carriage_returns_do_not_shift_lines() -> None:
    chunks = chunk("a.md", "one\rtwo\r\nthree\r\n\r\n# Head\r\na\r\nb\r\nc\r\nd\r\n")
    assert [(item.start_line, item.end_line, item.symbol) for item in chunks] == [(1, 8, "Head")]
