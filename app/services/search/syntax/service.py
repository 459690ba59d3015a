"""Syntax search: one question in one of its four modes, as results."""

from collections.abc import AsyncIterator, Iterator, Sequence
from time import monotonic
from typing import NamedTuple

import re2

from app.services.rag.scope import Scope, path_expression
from app.services.rag.service import Rag
from app.services.rag.texts import FileEntry, Needs
from app.services.search.schemas import Result
from app.services.search.syntax.expression import literal_expression, regex_expression
from app.services.search.syntax.found import Match, Matches
from app.services.search.syntax.matchers import Matchers
from app.services.search.syntax.pattern import Workers, match_all
from app.services.search.syntax.scan import Threads, scan_all
from app.services.search.syntax.schemas import SyntaxRequest
from app.services.search.syntax.shown import Scored, ordered, result, scored
from app.services.search.syntax.structure import languages_of_pattern, needs_of_pattern
from app.services.search.syntax.symbol import find_symbols

ENOUGH_TIMES, ENOUGH_AT_LEAST = 3, 100
"""Lines that are looked for before the best are chosen: three times as many as asked for, at least 100. Looking on
would make `self` cost 150 ms in the standard library of Python, to rank lines that nobody sees."""


LATE = 0.02
"""What a definition in a file that is read late loses for each turn: it decides between equals."""


class Found(NamedTuple):
    """The best matches; `total` counts all that were found, `in_time` is False when there was time for some only."""

    results: list[Result]
    total: int
    truncated: bool
    in_time: bool


class SyntaxSearch:
    """Literals, regular expressions, symbols and patterns over the index."""

    def __init__(self, rag: Rag, seconds: float) -> None:
        self._rag = rag
        self._seconds = seconds
        self._workers = Workers(Matchers(), Threads())

    async def find(self, request: SyntaxRequest, scope: Scope) -> Found:
        """Answer a question; `scope` holds its filters.

        Raises:
            InvalidRegex: The query is no regular expression that can be searched for.
            InvalidPattern: The query is no pattern of that language.
            UnknownLanguage: A pattern needs a language, and one that has patterns.
        """
        await self._rag.texts.sync(self._rag.known(scope.sources))
        deadline = monotonic() + self._seconds
        if request.mode == "symbol":
            return await self._symbols(request, scope)
        most = max(ENOUGH_AT_LEAST, ENOUGH_TIMES * request.limit)
        if request.mode == "pattern":
            matches = await self._pattern(request, scope, request.limit, deadline)
        else:
            make = literal_expression if request.mode == "literal" else regex_expression
            expression = make(request.query, case_sensitive=request.case_sensitive, whole_word=request.whole_word)
            texts = self._texts(scope, expression.needs)
            matches = await scan_all(expression, texts, most, deadline, self._workers.threads)
        return await self._show(matches, request)

    async def _pattern(self, request: SyntaxRequest, scope: Scope, most: int, deadline: float) -> Matches:
        languages = languages_of_pattern(request.language, request.languages, request.paths)
        needs = needs_of_pattern(request.query)
        matches = Matches()
        for language in languages:
            texts = self._texts(scope, needs, (language,))
            part = await match_all(self._workers, request.query, language, texts, most - len(matches.found), deadline)
            matches.found += part.found
            matches.enough, matches.in_time = part.enough, part.in_time
            if part.enough or not part.in_time:
                break
        return matches

    def _texts(
        self, scope: Scope, needs: Needs, languages: Sequence[str] = ()
    ) -> AsyncIterator[list[tuple[FileEntry, bytes]]]:
        entries = self._rag.texts.candidates(scope.sources, needs)
        return self._rag.texts.read(inside(entries, scope, languages))

    async def _symbols(self, request: SyntaxRequest, scope: Scope) -> Found:
        found = await find_symbols(
            self._rag.symbols,
            *(request.query, scope, request.limit),
            case_sensitive=request.case_sensitive,
            whole_word=request.whole_word,
        )
        ids = dict.fromkeys(definition.file_id for definition, _, _ in found)
        read = self._rag.texts.read(self._rag.texts.entries(ids))
        texts = {entry.id: (entry, content) async for batch in read for entry, content in batch}
        items = [
            Scored(match, round(max(0.0, score - LATE * match.entry.turn), 4), definition)
            for definition, score, how in found
            if (text := texts.get(definition.file_id)) is not None
            and (match := Match(*text, definition.line, definition.end_line, whole=how in ("exact", "case")))
        ]
        return self._best(ordered(items), request, Matches(enough=len(found) >= request.limit))

    async def _show(self, matches: Matches, request: SyntaxRequest) -> Found:
        around = await self._rag.symbols.around([(item.entry.id, item.start_line) for item in matches.found])
        items = [scored(item, around.get((item.entry.id, item.start_line))) for item in matches.found]
        return self._best(ordered(items), request, matches)

    def _best(self, items: Sequence[Scored], request: SyntaxRequest, matches: Matches) -> Found:
        good = [item for item in items if request.min_score is None or item.score >= request.min_score]
        shown = [
            result(item, request.mode, request.context_lines, explain=request.explain) for item in good[: request.limit]
        ]
        return Found(shown, len(good), matches.enough or not matches.in_time, matches.in_time)

    async def close(self) -> None:
        """End the children."""
        await self._workers.matchers.close()


def inside(entries: Sequence[FileEntry], scope: Scope, languages: Sequence[str]) -> Iterator[FileEntry]:
    """Yield the files that the filters let pass."""
    paths = re2.compile(path_expression(scope.paths)) if scope.paths else None
    for entry in entries:
        if scope.languages and entry.language not in scope.languages:
            continue
        if languages and entry.language not in languages:
            continue
        if paths is None or paths.fullmatch(entry.path):
            yield entry
