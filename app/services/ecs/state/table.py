"""Rows as columns (struct of arrays), saved and sent in blocks of rows: only blocks that changed travel."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

LEAST_CAPACITY = 64

Column = NDArray[Any]


class BadBlock(ValueError):
    """The bytes are no block of this table."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a table holds.

    Attributes:
        name: Of the table.
        numbers: Its columns of numbers: name, numpy dtype (little-endian), and how many a row has.
        texts: Its columns of texts.
        block: Rows that are saved together.
    """

    name: str
    numbers: tuple[tuple[str, str, int], ...]
    texts: tuple[str, ...] = ()
    block: int = 256


class Table:
    """Rows numbered from 0; none is taken out (but see `keep`), so that a number means the same row for ever."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.size = 0
        self._capacity = LEAST_CAPACITY
        self._columns = {name: self._room(dtype, width) for name, dtype, width in layout.numbers}
        self._views: dict[str, Column] = {}
        self.texts: dict[str, list[str]] = {name: [] for name in layout.texts}
        self._changed: set[int] = set()
        self._resize(0)

    def __getitem__(self, name: str) -> Column:
        """Return a column as a view: what is written to it is written to the table. Tell `touch` of it."""
        return self._views[name]

    def append(self, values: dict[str, Any]) -> int:
        """Add a row and return its number; columns that are left out are 0 or empty."""
        row = self.extend(1)
        for name, value in values.items():
            if name in self.texts:
                self.texts[name][row] = value
            else:
                self._columns[name][row] = value
        return row

    def extend(self, count: int) -> int:
        """Add `count` rows of zeros and empty texts; return the number of the first."""
        first = self.size
        self._resize(first + count)
        for texts in self.texts.values():
            texts.extend([""] * count)
        self._changed.update(range(first // self.layout.block, (self.size - 1) // self.layout.block + 1))
        return first

    def keep(self, rows: Column) -> None:
        """Keep these rows alone, numbered anew; for tables of a single block without texts.

        Raises:
            ValueError: It has more blocks, or texts.
        """
        if self.texts or self.size > self.layout.block:
            raise ValueError(f"rows of {self.layout.name} keep their numbers for ever")
        for column in self._columns.values():
            column[: len(rows)] = column[rows]
        self._resize(len(rows))
        self.touch_all()

    def touch(self, row: int) -> None:
        """Note that a row changed."""
        self._changed.add(row // self.layout.block)

    def touch_rows(self, rows: Column) -> None:
        """Note that these rows changed."""
        self._changed.update(np.unique(rows // self.layout.block).tolist())

    def touch_all(self) -> None:
        """Note that every row may have changed."""
        self._changed.update(range(self.blocks))

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return -(-self.size // self.layout.block)

    def take_changed(self) -> list[int]:
        """Return the blocks that changed since the last call, in order."""
        changed = sorted(self._changed)
        self._changed.clear()
        return changed

    def encoded(self, block: int) -> bytes:
        """Return a block as canonical bytes: the same rows give the same bytes, on every machine."""
        rows = slice(block * self.layout.block, min((block + 1) * self.layout.block, self.size))
        parts = [struct.pack("<I", rows.stop - rows.start)]
        parts += [self._columns[name][rows].tobytes() for name, _, _ in self.layout.numbers]
        if self.texts:
            parts.append(orjson.dumps([self.texts[name][rows] for name in self.layout.texts]))
        return b"".join(parts)

    def put(self, block: int, content: bytes) -> None:
        """Take over a block that `encoded` gave.

        Raises:
            BadBlock: It is none of this table, or a block before it is missing.
        """
        first = block * self.layout.block
        (count,) = struct.unpack_from("<I", content)
        if not 0 < count <= self.layout.block or first > self.size:
            raise BadBlock(f"block {block} of {self.layout.name} does not follow the rows before it")
        if first + count > self.size:
            self.extend(first + count - self.size)
        elif count < self.layout.block:
            self._resize(first + count)  # only the last block is not full
        offset = 4
        for name, dtype, width in self.layout.numbers:
            values = np.frombuffer(content, dtype, count * width, offset)
            self._columns[name][first : first + count] = values.reshape(-1, width) if width > 1 else values
            offset += values.nbytes
        if not self.texts and offset != len(content):
            raise BadBlock(f"block {block} of {self.layout.name} has bytes that no column takes")
        if self.texts:
            for name, texts in zip(self.layout.texts, orjson.loads(content[offset:]), strict=True):
                self.texts[name][first : first + count] = texts

    def every_block(self) -> Iterator[bytes]:
        """Yield every block in order."""
        return (self.encoded(block) for block in range(self.blocks))

    def _room(self, dtype: str, width: int) -> Column:
        return np.zeros((self._capacity, width) if width > 1 else self._capacity, dtype=dtype)

    def _resize(self, size: int) -> None:
        if size > self._capacity:
            self._capacity = max(size, 2 * self._capacity)
            for name, dtype, width in self.layout.numbers:
                larger = self._room(dtype, width)
                larger[: self.size] = self._columns[name][: self.size]
                self._columns[name] = larger
        self.size = size
        self._views = {name: column[:size] for name, column in self._columns.items()}


class Ring:
    """A table that keeps the last `length` rows, each with a number that counts from 1 and is never used again."""

    def __init__(self, layout: Layout, length: int) -> None:
        self.table = Table(layout)
        self.length = length

    def add(self, number: int, values: dict[str, Any]) -> None:
        """Keep one more, in place of the oldest if there is no room; `number` is one above the last."""
        row = (number - 1) % self.length
        if row == self.table.size:
            self.table.append({"number": number, **values})
            return
        for name, value in values.items():
            if name in self.table.texts:
                self.table.texts[name][row] = value
            else:
                self.table[name][row] = value
        self.table["number"][row] = number
        self.table.touch(row)

    def newest_first(self, last: int) -> Sequence[int]:
        """Return the rows from the newest, number `last`, to the oldest that is kept."""
        return [(number - 1) % self.length for number in range(last, max(0, last - self.length), -1)]

    def row_of(self, number: int) -> int:
        """Return the row of a number that is kept."""
        return (number - 1) % self.length
