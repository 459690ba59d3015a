"""The words of code and prose: identifiers are taken apart, punctuation is dropped."""

import re
import unicodedata

MAX_CHARACTERS = 16_384
"""Of one text; what follows is not read. Several times the longest chunk, and it bounds the time of any input."""

MAX_WORDS = 1_024
"""Of one text; what follows is not read."""

_ASCII = r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+"
_WORD = re.compile(_ASCII)
# Chinese and Japanese are written without spaces: each of their characters is a word.
_WORD_OF_ANY_SCRIPT = re.compile(_ASCII + r"|[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_\x00-\x7f\u3040-\u30ff\u3400-\u9fff]+")


def words_of(text: str) -> list[str]:
    """Return the words of a text in order, their case kept.

    `getUserName`, `get_user_name` and `get user name` hold the same three words (`get`, `User`, `Name` in the
    first). Accents are removed. At most MAX_CHARACTERS are read and MAX_WORDS returned.
    """
    text = text[:MAX_CHARACTERS]
    if text.isascii():
        return _WORD.findall(text)[:MAX_WORDS]
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in apart if not unicodedata.combining(character))
    return _WORD_OF_ANY_SCRIPT.findall(plain)[:MAX_WORDS]
