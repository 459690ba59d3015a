r"""Which literals a text must hold for a regular expression to match in it.

Reads RE2's syntax (https://github.com/google/re2/wiki/Syntax) of expressions that RE2 has compiled already. What it
does not understand requires nothing, so that a text is looked into too often, never too seldom. The idea is that of
Russ Cox, "Regular Expression Matching with a Trigram Index" (2012); groups of alternatives are enough here.
"""

import re
from dataclasses import dataclass

DEEPEST = 50
"""Groups within groups that are read: deeper ones require nothing."""

_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_FLAGS = re.compile(r"\?(?P<on>[imsU]*)(?:-[imsU]+)?(?P<end>[:)])")
_NAME = re.compile(r"\?P?<\w+>")
_CLASS = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2})|([0-7]{1,3})|[pP](?:\{\^?\w+\}|\w)|(.))", re.DOTALL)
_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "v": "\v", "r": "\r"}
_NO_WIDTH = "bBA"

Alternatives = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Required:
    """Groups of literals, of each of which one must occur; `ignores_case` when a flag within says so."""

    groups: tuple[Alternatives, ...]
    ignores_case: bool


def required_literals(pattern: str) -> Required:
    """Return what every match of a valid RE2 expression holds."""
    reader = _Reader(pattern)
    groups = reader.alternation(0)
    if reader.at != len(pattern):  # not read to its end
        groups = []
    return Required(tuple(groups), reader.ignores_case)


class _Run:
    """The literal that is being read, and the groups before it."""

    def __init__(self) -> None:
        self.groups: list[Alternatives] = []
        self._literal = ""

    def add(self, character: str) -> None:
        self._literal += character

    def end(self) -> None:
        if self._literal:
            self.groups.append((self._literal,))
        self._literal = ""

    def take(self, atom: str | None, least: int, *, repeats: bool) -> None:
        """Append a character, or end the literal where it is none; one that repeats ends it too."""
        if atom is None or least == 0:
            self.end()
            return
        self.add(atom)
        if repeats:
            self.end()
            self.add(atom)


class _Reader:
    """A reader at one place of an expression."""

    def __init__(self, pattern: str) -> None:
        self.at = 0
        self.ignores_case = False
        self._pattern = pattern

    def alternation(self, depth: int) -> list[Alternatives]:
        """Read up to the end or the closing parenthesis."""
        branches = [self._branch(depth)]
        while self._peek() == "|":
            self.at += 1
            branches.append(self._branch(depth))
        if len(branches) == 1:
            return branches[0]
        if not all(branches):
            return []
        return [tuple(literal for branch in branches for literal in max(branch, key=shortest))]

    def _branch(self, depth: int) -> list[Alternatives]:
        run = _Run()
        while (sign := self._peek()) and sign not in "|)":
            if sign == "(":
                self._group(run, depth)
            elif self._pattern.startswith("\\Q", self.at):
                self._quoted(run)
            elif sign in "^$" or (sign == "\\" and self._pattern[self.at + 1] in _NO_WIDTH):
                self.at += 1 if sign in "^$" else 2
                self._quantifier()
            else:
                atom = self._atom(sign)
                least, repeats = self._quantifier()
                run.take(atom, least, repeats=repeats)
        run.end()
        return run.groups

    def _peek(self) -> str:
        return self._pattern[self.at : self.at + 1]

    def _group(self, run: _Run, depth: int) -> None:
        run.end()
        self.at += 1
        if flags := _FLAGS.match(self._pattern, self.at):
            self.at = flags.end()
            self.ignores_case = self.ignores_case or "i" in flags["on"]
            if flags["end"] == ")":
                return
        elif name := _NAME.match(self._pattern, self.at):
            self.at = name.end()
        if depth == DEEPEST:
            self.at = len(self._pattern) + 1  # nothing more is read, and nothing required
            return
        groups = self.alternation(depth + 1)
        self.at += 1
        least, _ = self._quantifier()
        if least:
            run.groups += groups

    def _quoted(self, run: _Run) -> None:
        end = self._pattern.find("\\E", self.at)
        literal = self._pattern[self.at + 2 : end if end >= 0 else None]
        self.at = end + 2 if end >= 0 else len(self._pattern)
        least, repeats = self._quantifier()
        for character in literal[:-1]:
            run.add(character)
        run.take(literal[-1:] or None, least, repeats=repeats)

    def _atom(self, sign: str) -> str | None:
        """Read one character, or a class of them (None)."""
        if sign == "[" and (found := _CLASS.match(self._pattern, self.at)):
            self.at = found.end()
            return None
        if sign == "\\" and (found := _ESCAPE.match(self._pattern, self.at)):
            self.at = found.end()
            return escaped(found)
        self.at += 1
        return None if sign == "." else sign

    def _quantifier(self) -> tuple[int, bool]:
        """Read `*`, `+`, `?` or `{n,m}`, also lazy; return the least number of times and whether more are possible."""
        sign = self._peek()
        if sign and sign in "*+?":
            self.at += 1
            least = 1 if sign == "+" else 0
            repeats = True
        elif found := _REPEAT.match(self._pattern, self.at):
            self.at = found.end()
            least, repeats = int(found[1]), found[0] != "{1}"
        else:
            return 1, False
        if self._peek() == "?":
            self.at += 1
        return least, repeats


def escaped(found: re.Match[str]) -> str | None:
    """Return the character that an escape stands for; None for a class of characters."""
    for digits, base in ((found[1] or found[2], 16), (found[3], 8)):
        if digits:
            return chr(int(digits, base))
    character = found[4]
    if character is None or (character.isalnum() and character not in _CONTROLS):
        return None
    return _CONTROLS.get(character, character)


def shortest(alternatives: Alternatives) -> int:
    """Return the length of the shortest of some literals."""
    return min(map(len, alternatives))
