"""The variables a person has set, and where: `.env` is read strictly, so that a typing error is not a silence."""

import difflib
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import Binding, parse_stream

ENV_FILE = Path(".env")
"""In the directory the process is started in."""

ENCODING = "utf-8-sig"
"""UTF-8 with or without the mark that some editors put first."""

OUR_PREFIXES = (
    "BODY_LIMIT_",
    "CACHE_TTL",
    "COMFY_",
    "EMBEDDING_",
    "GATEKEEPER_",
    "RAG_",
    "RATE_LIMIT_",
    "REYNARD_",
    "TRUSTED_",
)
"""In the environment of the process a variable that begins so and that nobody reads is an error of the person who set
it. In `.env` every name is ours."""

CLIENT_VARIABLES = frozenset({"REYNARD_TOKEN", "REYNARD_URL"})
"""Read by programs that call a server, not by the server."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Variables:
    """What `.env` holds by upper-case name (with its line, from 1), and what is wrong with the file itself."""

    lines: Mapping[str, int]
    problems: tuple[str, ...] = ()

    def origin(self, name: str) -> str:
        """Return where the value of the variable `name` comes from, in words."""
        if name in (key.upper() for key in os.environ):
            return "the environment"
        return f"{ENV_FILE} line {self.lines[name]}" if name in self.lines else "the defaults"

    def unknown(self, known: Collection[str]) -> Iterator[str]:
        """Yield one sentence for each variable that looks like a setting and is none of `known`."""
        ours = {key.upper() for key in os.environ if key.upper().startswith(OUR_PREFIXES)}
        for name in sorted((ours | set(self.lines)) - set(known) - CLIENT_VARIABLES):
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
            meant = f"did you mean {near[0]}?" if near else "env.example lists them."
            yield f"{name} ({self.origin(name)}) is no setting of Reynard; {meant}"


def read_variables(file: Path = ENV_FILE) -> Variables:
    """Read `.env`; a file that is not there holds nothing, and one that is broken says where."""
    try:
        with file.open(encoding=ENCODING) as stream:
            bindings = list(parse_stream(stream))
    except FileNotFoundError:
        return Variables({})
    except UnicodeDecodeError:
        return Variables({}, (f"{file} is not UTF-8 text: save it as UTF-8.",))
    except OSError as error:
        return Variables({}, (f"{file} cannot be read ({error.strerror}): make it a file this user may read.",))
    problems = [sentence for item in bindings if (sentence := broken(item, file))]
    lines = {item.key.upper(): start_line(item) for item in bindings if item.key is not None}
    return Variables(lines, tuple(problems))


def broken(item: Binding, file: Path) -> str | None:
    """Return what is wrong with one statement of `.env`, without its value."""
    line = start_line(item)
    if item.error or (item.key is not None and not _NAME.fullmatch(item.key)):
        return f"{file} line {line} is no setting: write NAME=value, and put a value with quotes in the other quotes."
    if item.key is not None and item.value is None:
        return f"{file} line {line}: {item.key} has no value; write {item.key}=value, or remove the line."
    return None


def start_line(item: Binding) -> int:
    """Return the line a statement stands on: its text begins with the empty lines before it."""
    text = item.original.string
    return item.original.line + text[: len(text) - len(text.lstrip())].count("\n")
