"""The files of one source, and which of them may hold a literal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.services.rag.texts.signature import SIGNATURE_BYTES, trigram_bits

Needs = Sequence[Sequence[bytes]]
"""What a text must hold to be worth a look: of each group at least one literal; empty when every text is."""

_FIRST_CAPACITY = 64


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file as the database told it.

    Attributes:
        id: Of the row in `files`.
        source: Name of its source.
        path: Below the root of the source.
        size: Bytes on disk.
        hash: Of its content.
        language: Standard lower-case name.
        turn: Files of a lower turn are looked into first.
    """

    id: int
    source: str
    path: str
    size: int
    hash: bytes
    language: str
    turn: int


class Catalogue:
    """Files by slot; the signatures lie by byte, so that a question reads only the bytes of its own trigrams.

    Attributes:
        generation: Of the source, when this was read.
    """

    def __init__(self) -> None:
        self.generation = -1
        self._slots: dict[int, int] = {}
        self._entries: list[FileEntry | None] = []
        self._free: list[int] = []
        self._signatures = np.zeros((SIGNATURE_BYTES, _FIRST_CAPACITY), np.uint8)
        self._order = np.zeros((2, _FIRST_CAPACITY), np.int64)

    def __len__(self) -> int:
        return len(self._slots)

    def differing(self, listed: Mapping[int, bytes]) -> tuple[list[int], list[int]]:
        """Return the ids that are new or changed in a listing of hash prefixes by id, and those that are gone."""
        known = self._slots
        changed = [
            file_id
            for file_id, prefix in listed.items()
            if (slot := known.get(file_id)) is None or not self._hash(slot).startswith(prefix)
        ]
        return changed, [file_id for file_id in known if file_id not in listed]

    def _hash(self, slot: int) -> bytes:
        entry = self._entries[slot]
        return entry.hash if entry else b""

    def get(self, file_id: int) -> FileEntry | None:
        """Return the file of that id."""
        slot = self._slots.get(file_id)
        return None if slot is None else self._entries[slot]

    def put(self, entry: FileEntry, signature: bytes) -> None:
        """Enter a file, or what it became."""
        slot = self._slots.get(entry.id)
        if slot is None:
            slot = self._free.pop() if self._free else self._append()
            self._slots[entry.id] = slot
        self._entries[slot] = entry
        self._signatures[:, slot] = np.frombuffer(signature, np.uint8)
        self._order[:, slot] = entry.turn, entry.id

    def _append(self) -> int:
        slot = len(self._entries)
        if slot == self._signatures.shape[1]:
            self._signatures = np.concatenate([self._signatures, np.zeros_like(self._signatures)], axis=1)
            self._order = np.concatenate([self._order, np.zeros_like(self._order)], axis=1)
        self._entries.append(None)
        return slot

    def remove(self, file_id: int) -> None:
        """Forget a file, if it is known."""
        if (slot := self._slots.pop(file_id, None)) is not None:
            self._entries[slot] = None
            self._free.append(slot)

    def candidates(self, needs: Needs) -> list[FileEntry]:
        """Return the files that may hold what is needed, those to be looked into first in front."""
        possible = np.ones(len(self._entries), bool)
        for group in needs:
            possible &= self._any_of(group)
        slots = np.flatnonzero(possible)
        turns, ids = self._order[:, slots]
        entries = (self._entries[slot] for slot in slots[np.lexsort((ids, turns))])
        return [entry for entry in entries if entry is not None]

    def _any_of(self, literals: Sequence[bytes]) -> NDArray[np.bool_]:
        found = np.zeros(len(self._entries), bool)
        for literal in literals:
            found |= self._all_trigrams(literal)
        return found

    def _all_trigrams(self, literal: bytes) -> NDArray[np.bool_]:
        used = len(self._entries)
        holds = np.ones(used, bool)
        for bit in np.unique(trigram_bits(literal)):
            holds &= (self._signatures[bit >> 3, :used] & np.uint8(128 >> int(bit & 7))) != 0
        return holds
