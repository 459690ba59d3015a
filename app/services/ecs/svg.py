"""What the pictures have in common: a document that is told to screen readers, in light and dark, and safe text."""

import re
import unicodedata
from xml.sax.saxutils import escape

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The Content-Security-Policy under which a picture is shown: it brings its colours, and loads nothing."""

_COLOURS = """
svg { --ground: #faf8f4; --card: #ffffff; --ink: #22262b; --muted: #6a7077; --line: #d8d3c8; --accent: #c2571a;
  --soft: #fbeadf }
@media (prefers-color-scheme: dark) { svg { --ground: #15171b; --card: #1f2228; --ink: #ece9e3; --muted: #9ba1a8;
  --line: #3a3f47; --accent: #f08a4b; --soft: #3a2719 } }
text { font-family: ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; fill: var(--ink) }
.ground { fill: var(--ground) }
"""

_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b\u200c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""What XML forbids, and what would turn the direction of the text around it."""


def escaped(text: str) -> str:
    """Return a text from anybody as XML."""
    return escape(_UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text), {'"': "&quot;"})


def shortened(text: str, columns: int) -> str:
    """Return a text that is at most so many columns wide; a wide character, as of Chinese, takes two."""
    width = 0
    for place, character in enumerate(text):
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if width > columns:
            return f"{text[: place - 1].rstrip(' -')}\N{HORIZONTAL ELLIPSIS}"
    return text


def document(width: float, height: float, title: str, description: str, style: str, body: str) -> str:
    """Return a picture; `title` and `description` are for those who hear it, and are escaped here."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-labelledby="title description">\n'
        f'<title id="title">{escaped(title)}</title>\n<desc id="description">{escaped(description)}</desc>\n'
        f"<style>{_COLOURS}{style}</style>\n"
        f'<rect class="ground" width="100%" height="100%"/>\n{body}\n</svg>\n'
    )
