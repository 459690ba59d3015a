"""What the path of a file says about a question."""

import re
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from app.services.search.ranking.question import Question, QuestionKind
from app.services.search.ranking.words import joined, name_words

FILE_NAME = 2.5
"""A file whose name holds all the information of the question is worth 2.5 times as much: people name a file for
what it does, and its name was the strongest signal of all in the ablation (see benchmarks/relevance.py)."""

FOLDER = 2.0
"""Of the words that the file name lacks, those that the folder holds count two thirds as much."""

NAMED_SO = {QuestionKind.symbol: 1.0, QuestionKind.words: 0.0}
"""`conn.ex` defines `Conn`, where ten others use it or define one of their own within something else."""


_STANDS_FOR_FOLDER = frozenset(("index", "mod", "main", "lib", "init", "__init__", "__main__", "package-info"))
"""File names that say nothing: the folder is what such a file is called by."""


class Place(NamedTuple):
    """A path, read: the name a file has in its project, its words, and those of its folder."""

    name: str
    name_words: tuple[str, ...]
    folder_words: tuple[str, ...]


@lru_cache(maxsize=1 << 15)
def place(path: str) -> Place:
    """Read a path: `src/middleware/cors/index.ts` is the file `cors` in the folder `middleware`."""
    *folders, file = path.split("/")
    name = file.lstrip(".").split(".")[0] or file
    if name in _STANDS_FOR_FOLDER and folders:
        name = folders.pop()
    return Place(name, name_words(name), name_words(folders[-1]) if folders else ())


def path_boosts(question: Question, path: str) -> dict[str, float]:
    """Return the factors of a path: `file_name` and `folder`, by the share of the question they hold, if any."""
    here = place(path)
    named = [words for part in here.name_words if (words := question.alike(part))]
    said = dict.fromkeys(chain.from_iterable(named))
    around = dict.fromkeys(word for part in here.folder_words for word in question.alike(part) if word not in said)
    factors: dict[str, float] = {}
    if said:
        precise = (1 + len(named) / len(here.name_words)) / 2
        factors["file_name"] = 1 + FILE_NAME * precise * sum(question.words[word] for word in said)
    if around:
        factors["folder"] = 1 + FOLDER * sum(question.words[word] for word in around)
    return factors


def named_so(path: str, name: str) -> bool:
    """Whether a file is named for a name, in any case and number."""
    return re.sub("s$", "", joined(place(path).name)) == re.sub("s$", "", joined(name))
