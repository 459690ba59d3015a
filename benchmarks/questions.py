"""Questions about a tree of Python, as people and agents ask them, made from the tree itself."""

import ast
import random
import re
from pathlib import Path
from urllib.parse import quote_plus

WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
LONGEST = 120


def questions(root: Path, count: int, seed: int = 7) -> list[str]:
    """Return distinct questions: names of definitions, their words, and first sentences of docstrings.

    The same tree gives the same ones.
    """
    found: set[str] = set()
    for file in sorted(root.rglob("*.py")):
        try:
            tree = ast.parse(file.read_text("utf-8"))
        except (SyntaxError, ValueError, OSError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and len(node.name) > 3:
                found |= {node.name, " ".join(WORDS.findall(node.name)).lower()}
                if documentation := ast.get_docstring(node):
                    found.add(documentation.split("\n")[0][:LONGEST])
    chosen = sorted(question.strip() for question in found if question.strip())
    random.Random(seed).shuffle(chosen)  # noqa: S311 - the same order each time
    return chosen[:count]


def target(question: str, kind: str = "hybrid") -> str:
    """Return the request target that asks it."""
    return f"/api/search/{kind}?q={quote_plus(question)}"
