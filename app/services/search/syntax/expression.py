"""A literal or a regular expression as RE2 looks for it, and what a text must hold to be looked into."""

import re
from dataclasses import dataclass

import re2

from app.services.rag.texts import Needs
from app.services.search.errors import InvalidRegex
from app.services.search.syntax.required import required_literals

MAX_MEMORY = 8 << 20
"""Bytes of one compiled expression with its automata: RE2's default. Beyond, it goes on without them, more slowly."""

MAX_PROGRAM = 5000
"""Instructions of an expression. At the worst every byte costs a step of each: 64 kB between two looks at the clock
take 0.3 s then."""

PROBE_LENGTH = 8
"""Characters at the end of a literal that are looked for first. RE2 leaps from one beginning of a literal to the next
(its first nine bytes), and code begins alike: in 14 MB that all have the trigrams of `self._lock = `, looking for it
takes 21 ms, and for `_lock = ` 4."""

_BEFORE = r"(?:^|[^\pL\pN_])"
_AFTER = r"(?:$|[^\pL\pN_])"
"""A boundary of words that knows all letters; RE2's `\b` knows those of ASCII."""

_ESCAPED = re.compile(r"\\(?:[pP](?:\{\^?\w+\}|\w)|x\{\w+\}|.)|\(\?P?<\w+>|\[:\^?\w+:\]", re.DOTALL)
_LINE_BREAK = re.compile(r"(?<!\\)(?:\\\\)*(?:\\n|\n)")


@dataclass(frozen=True, slots=True)
class Expression:
    """What is looked for; `needs` names texts worth a look, and what `probe` does not match the expression does not."""

    regex: "re2._Regexp"
    needs: Needs
    probe: "re2._Regexp | None" = None


def literal_expression(query: str, *, case_sensitive: bool | None, whole_word: bool) -> Expression:
    """Return the expression of a literal."""
    sensitive = is_sensitive(query) if case_sensitive is None else case_sensitive
    regex = compiled(re2.escape(query), sensitive=sensitive, whole_word=whole_word)
    tail = query[-PROBE_LENGTH:]
    probe = compiled(re2.escape(tail), sensitive=sensitive, whole_word=False) if tail != query else None
    return Expression(regex, needs_of([(query,)], sensitive=sensitive), probe)


def regex_expression(query: str, *, case_sensitive: bool | None, whole_word: bool) -> Expression:
    r"""Return the expression of a regular expression in RE2's syntax, which looks for matches within one line.

    Raises:
        InvalidRegex: RE2 does not take it, or it can only match across lines.
    """
    if _LINE_BREAK.search(query):
        raise InvalidRegex("query: a match lies within one line, so \\n cannot be part of the expression.")
    sensitive = is_sensitive(_ESCAPED.sub("", query)) if case_sensitive is None else case_sensitive
    regex = compiled(query, sensitive=sensitive, whole_word=whole_word)
    required = required_literals(query)
    needs = needs_of(required.groups, sensitive=sensitive and not required.ignores_case)
    return Expression(regex, needs)


def is_sensitive(query: str) -> bool:
    """Whether case counts when nobody says so: where an upper-case letter was typed, as in ripgrep's --smart-case."""
    return query != query.lower()


def compiled(pattern: str, *, sensitive: bool, whole_word: bool) -> "re2._Regexp":
    """Compile for RE2: line by line, within bounded memory.

    Raises:
        InvalidRegex: RE2 does not take it, or it is too large.
    """
    options = re2.Options()
    options.never_nl, options.log_errors = True, False
    options.case_sensitive, options.max_mem = sensitive, MAX_MEMORY
    try:
        re2._Regexp(pattern, options)  # noqa: SLF001 - as below; what is wrong is told of the expression as it was typed
        regex = re2._Regexp(f"(?m){_BEFORE}(?:{pattern}){_AFTER}" if whole_word else f"(?m){pattern}", options)  # noqa: SLF001 - re2.compile keeps 128 of them for ever, 8 MB each
    except re2.error as error:
        raise InvalidRegex(f"query: RE2 does not take this: {reason(error)}.") from error
    if regex.programsize > MAX_PROGRAM:
        raise InvalidRegex(f"query: this expands to {regex.programsize} steps, at most {MAX_PROGRAM} are possible.")
    return regex


def reason(error: Exception) -> str:
    """Return what RE2 says."""
    said = error.args[0] if error.args else "it is not valid"
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def needs_of(groups: "list[tuple[str, ...]] | tuple[tuple[str, ...], ...]", *, sensitive: bool) -> Needs:
    """Return the needs of literals; where case does not count, letters outside ASCII need nothing.

    Those have several forms of different bytes, while the signatures know one case of ASCII.
    """
    needs: list[list[bytes]] = []
    for group in groups:
        if sensitive:
            needs.append([literal.encode() for literal in group])
        else:
            runs = [re.findall(r"[\x00-\x7f]+", literal) for literal in group]
            if all(runs):
                needs.append([max(found, key=len).encode() for found in runs])
    return needs
