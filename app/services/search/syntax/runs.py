"""Leaves of a pattern that stand side by side wherever it matches, as the tree of the pattern tells.

ast-grep (strictness "smart") lets a text have comments and unnamed nodes, such as commas and keywords, that the pattern
has not, and more children behind the last one that a node of the pattern has: `import os` matches `import os, sys`. So
after a leaf that ends a node anything may follow, and after one that goes on in the node of the next leaf, nothing
named may.
"""

from ast_grep_py import SgNode, SgRoot

MOST_LEAVES = 8
"""Of a run: it bounds the expression that is made of it, and the first few decide."""

_LETTER = "\N{MICRO SIGN}"
_WITH_LETTER = frozenset({"c", "cpp", "csharp", "go", "kotlin", "python", "ruby", "rust", "swift"})
"""Grammars in which ast-grep puts a letter in place of `$`, which is no letter there."""

_WITH_DOLLAR = frozenset({"java", "javascript", "tsx", "typescript"})
"""Grammars in which `$` is a letter. In all others a pattern is read in ways of their own, so nothing is told of it."""


def runs(pattern: str, grammar: str) -> list[list[str]]:
    """Return the runs of at least two leaves without a metavariable; none where the pattern is not plain.

    A sign beside `$$$` may be missing in the text (`f($$$A, b)` matches `f(b)`), so no run begins or ends with it.
    """
    if grammar in _WITH_LETTER:
        pattern, sign = pattern.replace("$", _LETTER), _LETTER
    elif grammar in _WITH_DOLLAR:
        sign = "$"
    else:
        return []
    found: list[list[SgNode]] = [[]]
    before: list[int] = []
    after_any = False
    for leaf, above in leaves(SgRoot(pattern, grammar).root()):
        text = leaf.text()
        if leaf.kind() == "ERROR" or not text:
            return []
        if sign in text:
            if after_any := text.startswith(3 * sign):
                while found[-1] and not found[-1][-1].is_named():
                    found[-1].pop()
            found.append([])
            continue
        if not found[-1] or before[-1] not in above:
            found.append([])
        if after_any and not leaf.is_named():
            continue
        found[-1].append(leaf)
        before, after_any = above, False
    return [[leaf.text() for leaf in run[:MOST_LEAVES]] for run in found if len(run) > 1]


def leaves(root: SgNode) -> "list[tuple[SgNode, list[int]]]":
    """Return the leaves in order, and errors, each with the numbers of the nodes above it from the root down."""
    found: list[tuple[SgNode, list[int]]] = []
    ahead: list[tuple[SgNode, list[int]]] = [(root, [])]
    number = 0
    while ahead:
        node, above = ahead.pop()
        children = node.children()
        if not children or node.kind() == "ERROR":
            found.append((node, above))
            continue
        number += 1
        ahead += [(child, [*above, number]) for child in reversed(children)]
    return found
