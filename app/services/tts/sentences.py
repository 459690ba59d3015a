"""A text as the pieces that an engine is given one after the other, each with the pause that follows it."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sentencex import segment

MOST = 300
"""Characters of a piece: about 20 s of speech, which piper makes in 3 s on a busy core."""

AFTER_SENTENCE = 0.3
AFTER_PARAGRAPH = 0.6
AFTER_CUT = 0.05
"""Seconds of silence at speed 1. espeak-ng ends 0.01 s after the last sound and piper 0.14 s, so that sentences joined
without a pause run into each other; inside one sentence they should nearly."""

WIDE = "\u3001\uff0c\uff1b\uff1a\u2014"
"""Commas, semicolon, colon of East Asia, and the long dash: no blank follows them."""

CLAUSE = re.compile(rf"[,;:\u2013)](?=\s|$)|[{WIDE}]")
PARAGRAPH = re.compile(r"\n\s*\n")
SPOKEN = ("L", "N")
"""Categories of letters and digits. Engines read emoji by name, but alone they are more often a slip than a text."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text for an engine in one go, without line breaks, and the silence after it in seconds at speed 1."""

    text: str
    pause: float


def cleaned(text: str) -> str:
    """Return the text as an engine may see it: composed, and without what has no sound.

    Control and format characters become blanks: 0x01 is the beginning of a command to espeak-ng, and zero-width
    characters cut words. Joiners stay where scripts need them (U+200C, U+200D). Lines and paragraphs are kept.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (character if sounds(character) else " " for character in composed)
    return re.sub(r"[^\S\n]+", " ", "".join(kept)).strip()


def sounds(character: str) -> bool:
    """Whether the character may be part of what is spoken, or separates it."""
    return character in "\n\t\u200c\u200d" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def spoken(text: str) -> bool:
    """Whether there is anything to say: a letter or a digit of any script."""
    return any(unicodedata.category(character)[0] in SPOKEN for character in text)


def pieces(text: str, language: str) -> list[Piece]:
    """Return what is spoken of a cleaned text, in order.

    Sentences are found by sentencex, which knows the abbreviations of many languages and takes 0.1 ms for 10,000
    characters. One that is longer than `MOST` is cut at clauses, or else at blanks, or else anywhere. A piece without a
    letter or a digit says nothing and is left out.
    """
    found: list[Piece] = []
    for paragraph in PARAGRAPH.split(text):
        for sentence in segment(primary(language), paragraph):
            *cuts, last = cut(" ".join(sentence.split()))
            found += [Piece(part, AFTER_CUT) for part in cuts] + [Piece(last, AFTER_SENTENCE)]
        if found:
            found[-1] = Piece(found[-1].text, AFTER_PARAGRAPH)
    return [piece for piece in found if spoken(piece.text)]


def cut(sentence: str) -> list[str]:
    """Return the sentence in parts of at most `MOST` characters; one part if it fits."""
    return list(parts(sentence)) or [""]


def parts(sentence: str) -> Iterator[str]:
    """Yield the parts of `cut`."""
    while len(sentence) > MOST:
        clauses = [found.end() for found in CLAUSE.finditer(sentence, MOST // 4, MOST)]
        at = clauses[-1] if clauses else sentence.rfind(" ", 1, MOST + 1)
        at = at if at > 0 else MOST
        yield sentence[:at].rstrip()
        sentence = sentence[at:].lstrip()
    if sentence:
        yield sentence


def primary(language: str) -> str:
    """Return the language of a tag without its region: `en` of `en-US`."""
    return language.partition("-")[0].lower()
