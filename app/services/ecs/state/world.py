"""A whole world: its tables and scalars, and what is derived from them."""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import orjson

from app.services.ecs.kinship import Pedigree
from app.services.ecs.state.clock import Clock, Counts, Rules
from app.services.ecs.state.layouts import (
    BONDS,
    EVENTS,
    GENES,
    KEPT_EVENTS,
    KEPT_MEETINGS,
    KEPT_MESSAGES,
    MEETINGS,
    MEMORIES_LAYOUT,
    MESSAGES,
    MOTION,
    NOBODY,
    PEOPLE,
    SERIES,
)
from app.services.ecs.state.table import BadBlock, Column, Ring, Table

SCALARS = "scalars"
"""The name under which the scalars are saved, as block 0."""


class World:
    """The state of a world. All of it is in `tables` and in the scalars; the rest is derived."""

    def __init__(self, seed: int, rules: Rules | None = None) -> None:
        self.seed = seed
        self.clock = Clock()
        self.rules = rules or Rules()
        self.counts = Counts()
        self.people, self.genes, self.motion = Table(PEOPLE), Table(GENES), Table(MOTION)
        self.bonds, self.memories, self.series = Table(BONDS), Table(MEMORIES_LAYOUT), Table(SERIES)
        self.meetings = Ring(MEETINGS, KEPT_MEETINGS)
        self.messages = Ring(MESSAGES, KEPT_MESSAGES)
        self.events = Ring(EVENTS, KEPT_EVENTS)
        self.tables = {
            table.layout.name: table
            for table in (
                self.people, self.genes, self.motion, self.bonds, self.memories, self.series,
                self.meetings.table, self.messages.table, self.events.table,
            )
        }  # fmt: skip
        self.row_of: dict[str, int] = {}
        self.names: set[str] = set()
        self._pedigree = Pedigree()
        self._bond_of: dict[tuple[int, int], int] | None = None
        self._living: Column | None = None

    @property
    def living(self) -> Column:
        """The rows of agents that live, ascending."""
        if self._living is None:
            self._living = np.flatnonzero(self.people["active"])
        return self._living

    def people_changed(self) -> None:
        """Note that somebody came or went, and learn who is new."""
        self._living = None
        for row in range(len(self.row_of), self.people.size):
            self.row_of[self.people.texts["agent_id"][row]] = row
            self.names.add(self.people.texts["name"][row])

    @property
    def pedigree(self) -> Pedigree:
        """Who descends from whom; its numbers are rows of `people`."""
        first, second = self.people["parent1"], self.people["parent2"]
        if not len(self._pedigree) and self.people.size:
            self._pedigree = Pedigree.of(first, second, self.people["inbreeding"])
        for row in range(len(self._pedigree), self.people.size):
            founder = first[row] == NOBODY
            self._pedigree.add(None if founder else int(first[row]), None if founder else int(second[row]))
        return self._pedigree

    @property
    def bond_of(self) -> dict[tuple[int, int], int]:
        """The row of each pair that has a relationship, the lower agent first."""
        if self._bond_of is None:
            pairs = zip(self.bonds["a"].tolist(), self.bonds["b"].tolist(), strict=True)
            self._bond_of = {pair: row for row, pair in enumerate(pairs)}
        return self._bond_of

    def tell(self, kind: str, **data: Any) -> None:  # noqa: ANN401 - JSON
        """Note something that who watches wants to know."""
        self.counts.events += 1
        told = {"tick": self.clock.tick, "kind": kind, "data": orjson.dumps(data).decode()}
        self.events.add(self.counts.events, told)

    def scalars(self) -> bytes:
        """Return the scalars as canonical bytes."""
        values = {"clock": asdict(self.clock), "rules": asdict(self.rules), "counts": asdict(self.counts)}
        return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)

    def put(self, name: str, block: int, content: bytes) -> None:
        """Take over a block that was saved, then call `people_changed`.

        Raises:
            BadBlock: It is none of this version.
        """
        try:
            if name == SCALARS:
                values = orjson.loads(content)
                self.clock = Clock(**values["clock"])
                self.rules = Rules(**values["rules"])
                self.counts = Counts(**values["counts"])
            else:
                self.tables[name].put(block, content)
        except (KeyError, TypeError, ValueError, struct.error) as error:
            raise BadBlock(f"block {block} of {name} was saved by another version") from error

    def digest(self) -> str:
        """Return SHA-256 over the canonical bytes of the whole state, in hex: equal states, and no others, agree."""
        whole = hashlib.sha256(self.seed.to_bytes(8, "little", signed=True))
        for part in self._parts():
            whole.update(len(part).to_bytes(8, "little"))
            whole.update(part)
        return whole.hexdigest()

    def _parts(self) -> Iterator[bytes]:
        yield self.scalars()
        for name, table in self.tables.items():
            yield name.encode()
            yield from table.every_block()
