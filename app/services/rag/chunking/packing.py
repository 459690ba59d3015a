"""Gathers pieces into ranges of about the target size."""

from collections.abc import Iterable
from typing import NamedTuple

from app.services.rag.chunking.chunk import MAXIMUM_SIZE, SMALL_LINES, TARGET_SIZE
from app.services.rag.chunking.lines import Lines
from app.services.rag.chunking.piece import Label, Piece, Scope


class LabelledRange(NamedTuple):
    """Rows `start` to `end`, inclusive, under one label."""

    start: int
    end: int
    label: Label


class _Group:
    __slots__ = ("end", "has_definition", "is_anchored", "pieces", "scope", "start")

    def __init__(self, piece: Piece) -> None:
        self.start = piece.start
        self.pieces: list[Piece] = []
        self.has_definition = False
        self.is_anchored = False
        self.add(piece)

    @property
    def height(self) -> int:
        return self.end - self.start + 1

    @property
    def is_fragment(self) -> bool:
        return self.height < SMALL_LINES and not self.has_definition

    def add(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self.end = piece.end
        self.scope: Scope = piece.scope
        self.has_definition = self.has_definition or piece.is_definition
        self.is_anchored = self.is_anchored or _is_anchor(piece)

    def label(self) -> Label:
        for piece in self.pieces:
            if piece.is_definition and 2 * piece.height > self.height:
                return piece.label
        return self.scope.label


def pack(pieces: Iterable[Piece], lines: Lines) -> list[LabelledRange]:
    """Gather neighbouring pieces.

    A hit should name what was found, and a chunk that holds two functions can name neither. So a definition
    of `SMALL_LINES` or more stands alone. Shorter ones (properties, one-line wrappers) carry too few words to
    rank on their own and share a chunk with their neighbours in the same scope, up to the target size.
    A fragment of fewer lines between definitions (the line `class A:`, a constant, a main guard) would be a
    hit that shows nothing: it joins the definition after it, or at the end of a scope the one before.
    A gathered chunk is named after the definition that fills more than half of it, else after its scope.
    """
    groups: list[_Group] = []
    for piece in pieces:
        if groups and _joins(groups[-1], piece, lines):
            groups[-1].add(piece)
        else:
            groups.append(_Group(piece))
    return [LabelledRange(group.start, group.end, group.label()) for group in _absorb_tails(groups, lines)]


def _is_anchor(piece: Piece) -> bool:
    return piece.is_definition and piece.height >= SMALL_LINES


def _joins(group: _Group, piece: Piece, lines: Lines) -> bool:
    size = lines.size(group.start, piece.end)
    if group.is_anchored:
        return False
    if _is_anchor(piece) or piece.opens:
        return group.is_fragment and size <= MAXIMUM_SIZE
    return group.scope is piece.scope and size <= TARGET_SIZE


def _absorb_tails(groups: list[_Group], lines: Lines) -> list[_Group]:
    kept: list[_Group] = []
    for group in groups:
        previous = kept[-1] if kept else None
        if (
            previous is not None
            and group.is_fragment
            and previous.scope is group.scope
            and lines.size(previous.start, group.end) <= MAXIMUM_SIZE
        ):
            for piece in group.pieces:
                previous.add(piece)
        else:
            kept.append(group)
    return kept
