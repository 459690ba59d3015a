"""Reads the name of a definition from its syntax nodes."""

import re
from collections.abc import Iterable

from tree_sitter import Node

_LONGEST_NAME = 200
"""Bytes of a name: what is longer is generated, and nobody searches for it."""

_TYPE_ARGUMENTS = re.compile(r"<[^()]*>(?=\s*(?:::|\.))")
"""`<T>` in `Store<T>::open`, which belongs to neither name."""

_DOTTED = re.compile(r"(?:[\w$-]+[.])+[\w$~-]+[?!=]?")


def read_name(nodes: Iterable[Node], source: bytes) -> str:
    """Return the name that the nodes hold, with `.` between the parts of a qualified one; empty if it is too long."""
    parts = []
    for node in nodes:
        if node.end_byte - node.start_byte > _LONGEST_NAME:
            return ""
        text = source[node.start_byte : node.end_byte].decode("utf-8", "replace").strip("'\"`: \t")
        parts.append(" ".join(_TYPE_ARGUMENTS.sub("", text).split()))
    name = ".".join(filter(None, parts))
    if not name.isidentifier():
        name = name.removeprefix("(").removesuffix(")").strip()
        name = re.sub(r"::|\\|->|(?<=\w):(?=\w)", ".", name).lstrip("#.")
    return name


def last_part(name: str) -> str:
    """Return what one would search for: the name without what qualifies it."""
    return name.rpartition(".")[2] if _DOTTED.fullmatch(name) else name
