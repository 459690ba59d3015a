"""What agents remember of each other, and what comes to mind.

Retrieval follows Park et al., "Generative Agents" (UIST 2023), section 4.1: recency, importance and relevance are each
0 to 1 and count the same. Two things differ. Recency falls as 1 / (1 + age / half-life) and not exponentially: a
division is exact on every machine, `exp` is not. Relevance is the share of the asked words that a memory holds, as no
model of embeddings may be at hand.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from app.services.ecs.life import YEAR
from app.services.ecs.state.layouts import MEMORIES
from app.services.ecs.state.world import World

HALF_LIFE = 5 * YEAR
"""Ticks after which a memory is half as present: five minutes at speed 1, about what a session at a console lasts."""

MOST_IMPORTANT = 10

NO_MESSAGE = 0

WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Recalled:
    """A memory with what brought it to mind; all scores are 0 to 1."""

    row: int
    recency: float
    importance: float
    relevance: float

    @property
    def score(self) -> float:
        """The mean of the three."""
        return (self.recency + self.importance + self.relevance) / 3


def recency(age: int) -> float:
    """Return how present a memory of that age (in ticks) is."""
    return 1 / (1 + age / HALF_LIFE)


def remember(world: World, agent: int, values: dict[str, int]) -> None:
    """Keep a memory, in place of the one that is least worth keeping if there is no room."""
    first = agent * MEMORIES
    own = slice(first, first + MEMORIES)
    importance = world.memories["importance"][own]
    worth = importance / MOST_IMPORTANT + 1 / (1 + (world.clock.tick - world.memories["tick"][own]) / HALF_LIFE)
    row = first + int(np.argmin(np.where(importance == 0, -1.0, worth)))
    for name, value in values.items():
        world.memories[name][row] = value
    world.memories["tick"][row] = world.clock.tick
    world.memories.touch(row)


def words_of(sentence: str) -> set[str]:
    """Return the words of a sentence, in lower case."""
    return set(WORD.findall(sentence.lower()))


def recall(world: World, words: Collection[str], sentences: dict[int, str]) -> list[Recalled]:
    """Return memories, what comes to mind first at the beginning.

    Args:
        world: The world.
        words: What is asked for, in lower case; with none, every memory is as relevant.
        sentences: The memories of one agent in words, by row.
    """
    found = []
    for row, sentence in sentences.items():
        held = words_of(sentence)
        relevance = sum(word in held for word in words) / len(words) if words else 1.0
        age = world.clock.tick - int(world.memories["tick"][row])
        importance = int(world.memories["importance"][row]) / MOST_IMPORTANT
        found.append(Recalled(row, recency(age), importance, relevance))
    return sorted(found, key=lambda memory: (-memory.score, -memory.row))
