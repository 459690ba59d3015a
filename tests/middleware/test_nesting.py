"""Depth without parsing agrees with the depth of what a parser builds."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.middleware.nesting import BLOCK, deeper_than

VALUES = st.recursive(
    st.none() | st.integers() | st.text(alphabet='ab"\\[]{}\n\u00e9', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='a"\\{', max_size=3), inner, max_size=3)
    ),
    max_leaves=30,
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(VALUES, st.booleans())
def test_depth_is_that_of_the_value(value: Any, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    found = depth(value)
    assert not deeper_than(found, body)
    assert found == 0 or deeper_than(found - 1, body)


@pytest.mark.parametrize("shift", range(-3, 4))
def test_a_string_over_the_end_of_a_block_stays_a_string(shift: int) -> None:
    body = b'["' + b"x" * (BLOCK - 2 + shift) + b'[[[[\\"[[[[", [1]]'
    assert deeper_than(1, body)
    assert not deeper_than(2, body)


def test_brackets_that_close_again_do_not_add_up() -> None:
    assert not deeper_than(2, b"[" + b"[]," * 100_000 + b"[]]")
