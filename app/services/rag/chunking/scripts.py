"""Finds the program in files that hold markup around it, such as the components of Vue and Svelte."""

import re

EMBEDDING_LANGUAGES = frozenset({"html", "svelte", "vue"})
"""Languages whose scripts are cut by syntax; what stands around them is cut by lines."""

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script", re.DOTALL | re.IGNORECASE)
_TYPESCRIPT = re.compile(r"""lang=["']?(?:ts|typescript)""")
_NOT_A_PROGRAM = re.compile(r"""type=["']?(?!module|text/javascript|application/javascript)""")
_NOT_BLANK = re.compile(r"[^\n]")


def only_scripts(text: str) -> tuple[str, str]:
    """Return the language of the scripts and the text with all else blanked, so that lines stay where they are."""
    language = "javascript"
    parts = []
    end = 0
    for match in _SCRIPT.finditer(text):
        if _NOT_A_PROGRAM.search(match[1]):
            continue
        if _TYPESCRIPT.search(match[1]):
            language = "typescript"
        parts += [_NOT_BLANK.sub(" ", text[end : match.start(2)]), match[2]]
        end = match.end(2)
    return language, "".join([*parts, _NOT_BLANK.sub(" ", text[end:])])
