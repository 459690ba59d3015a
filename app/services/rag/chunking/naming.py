"""Reads the name of a definition from its syntax node."""

import re

from tree_sitter import Node

_LONGEST_NAME = 200
"""Bytes of a name: what is longer is generated, and nobody searches for it."""

_NAME = re.compile(r"([\w$.:~#-]*[\w$][?!]?)(?:<.*)?", re.DOTALL)
"""A possibly dotted name, and type parameters that do not belong to it; no pattern such as `a, b`."""


def read_name(node: Node, field: str, source: bytes) -> tuple[int, str]:
    """Return the row and the name in a node's field, with `.` between the parts of a dotted one.

    The name is empty where the field is missing or holds something else, such as a pattern.
    """
    name_node = node.child_by_field_name(field)
    while name_node is not None and (inner := name_node.child_by_field_name("declarator")) is not None:
        name_node = inner
    if name_node is None or name_node.end_byte - name_node.start_byte > _LONGEST_NAME:
        return node.start_point[0], ""
    text = source[name_node.start_byte : name_node.end_byte].decode("utf-8", "replace")
    match = _NAME.fullmatch(text.strip("'\"`"))
    name = match[1].replace("::", ".").lstrip("#.") if match else ""
    return name_node.start_point[0], name
