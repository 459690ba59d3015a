"""A child that parses and matches: what kills it kills no request but its own.

ast-grep holds the interpreter while it works, and a pattern of 20,000 brackets overflows its stack (both measured with
0.51). Speaks on standard input and output: four bytes of length, then JSON; ends with its input.
"""

import resource
import signal
import struct
import sys
from typing import Any, BinaryIO

import orjson
from ast_grep_py import SgNode, SgRoot

from app.services.search.syntax.runs import runs

LENGTH = struct.Struct(">I")

MAX_MEMORY = 2 << 30
"""Bytes of address space: a tree takes 40 times its text, and a text is 2 MB at most."""

MAX_CAPTURE = 200
"""Characters of what a metavariable holds that are told."""


def main() -> None:
    """Answer until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while (request := receive(requests)) is not None:
        body = orjson.dumps(answer(request))
        answers.write(LENGTH.pack(len(body)) + body)
        answers.flush()


def receive(stream: BinaryIO) -> dict[str, Any] | None:
    """Return the next request; None at the end."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    request: dict[str, Any] = orjson.loads(stream.read(LENGTH.unpack(head)[0]))
    return request


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return `matches` as [index of the text, first line, last line, captures], or why it is no pattern.

    A request without texts is answered with the `runs` of the pattern.
    """
    matches: list[tuple[int, int, int, dict[str, str]]] = []
    try:
        if not request["texts"]:
            SgRoot("", request["grammar"]).root().find(pattern=request["pattern"])  # says whether it is a pattern
            return {"runs": runs(request["pattern"], request["grammar"])}
        for index, text in enumerate(request["texts"]):
            for node in SgRoot(text, request["grammar"]).root().find_all(pattern=request["pattern"]):
                place = node.range()
                captures = {name: captured(node, name)[:MAX_CAPTURE] for name in request["metavariables"]}
                matches.append((index, place.start.line + 1, place.end.line + 1, captures))
                if len(matches) >= request["most"]:
                    return {"matches": matches}
    except RuntimeError as error:
        return {"error": str(error)}
    return {"matches": matches}


def captured(node: SgNode, name: str) -> str:
    """Return the text of a metavariable (`$NAME`, `$$$NAMES`)."""
    if name.startswith("$$$"):
        return "".join(part.text() for part in node.get_multiple_matches(name[3:]))
    found = node.get_match(name.lstrip("$"))
    return found.text() if found else ""


if __name__ == "__main__":
    main()
