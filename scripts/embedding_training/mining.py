"""Gathers pairs of (comment, code) from folders of source code."""

import json
import re
import sysconfig
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from app.services.rag.embedding.words import words_of
from scripts.embedding_training.comments import Pair, pairs_of
from scripts.embedding_training.sources import PACKAGES, files_of

MAX_PER_SOURCE = 25_000
"""Of pairs: one large repository must not speak for all."""

MIN_WORDS = 5
"""Of the code of a pair."""

_MARKUP = re.compile(r"</?\w+[^>]*>|\{@\w+ ([^}]*)\}|`+|\[\[?|\]\]?|^\s*\*+|https?://\S+", re.MULTILINE)
_TAGS = re.compile(r"\n\s*(?:@\w+|:\w+|Args:|Parameters|Returns|Raises|Example|#|iex>|---|>>>|\.\.).*", re.DOTALL)
_USELESS = re.compile(
    r"copyright|licen[sc]e|SPDX|generated|eslint|@ts-|todo|fixme|noqa|inheritdoc|^see ", re.IGNORECASE
)


def mine(name: str, root: Path) -> Iterator[dict[str, str]]:
    """Yield the pairs of one source as {source, path, symbol, words, code}, each said only once."""
    seen: set[str] = set()
    for path in files_of(root):
        text = path.read_text(encoding="utf-8", errors="replace")
        for pair in pairs_of(path.suffix, text):
            words = question_of(pair)
            if words and words not in seen and len(words_of(pair.code)) >= MIN_WORDS:
                seen.add(words)
                yield {
                    "source": name,
                    "path": str(path.relative_to(root)),
                    "symbol": pair.symbol,
                    "words": words,
                    "code": pair.code[:3_000],
                }
        if len(seen) >= MAX_PER_SOURCE:
            return


def question_of(pair: Pair) -> str:
    """Return the first paragraph of what was said, without markup and without the name of what it is about."""
    said = _TAGS.sub("", "\n" + _MARKUP.sub(r" \1 ", pair.words)).strip()
    said = " ".join(said.split("\n\n")[0].split())[:400]
    head, _, rest = said.partition(" ")
    if head.strip("`:") == pair.symbol.split(".")[-1]:
        said = rest
    enough = 3 <= len(set(words_of(said.lower()))) <= 60
    return said if enough and not _USELESS.search(said) else ""


def package_roots() -> dict[str, Path]:
    """Return where the Python packages of the list are installed."""
    roots = {"stdlib": Path(sysconfig.get_path("stdlib"))}
    for package in PACKAGES:
        spec = find_spec(package)
        if package != "asyncio" and spec and spec.origin:
            roots[package] = Path(spec.origin).parent
    return roots


def write(sources: dict[str, Path], out: Path) -> None:
    """Write the pairs of all sources to a JSON-lines file and print how many each gave."""
    counts: Counter[str] = Counter()
    with out.open("w", encoding="utf-8") as file:
        for name, root in sources.items():
            for record in mine(name, root):
                file.write(json.dumps(record) + "\n")
                counts[name] += 1
            print(f"{name:36} {counts[name]:7}", flush=True)
