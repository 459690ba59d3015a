"""Which trigrams a text holds, in one kilobyte: a Bloom filter with one hash function."""

import numpy as np
from numpy.typing import NDArray

SIGNATURE_BITS = 8192
"""A file of the standard library of Python sets 20 % of these (36 % of 4,096, 11 % of 16,384): a literal with five
trigrams names one file in 3,000 wrongly, and 100,000 files take 100 MB."""

SIGNATURE_BYTES = SIGNATURE_BITS // 8

_MULTIPLIER = np.uint32(2654435761)
"""2^32 divided by the golden ratio (Knuth, The Art of Computer Programming 3, section 6.4)."""

_SHIFT = np.uint32(32 - SIGNATURE_BITS.bit_length() + 1)

_FOLDED = ((b"\xc5\xbf", b"s"), (b"\xe2\x84\xaa", b"k"))
"""U+017F and U+212A are the only characters outside ASCII that equal one of ASCII when case is ignored
(Unicode, CaseFolding.txt)."""


def signature(content: bytes) -> bytes:
    """Return the signature of a text in UTF-8: `SIGNATURE_BYTES` bytes, whatever the case of its ASCII letters."""
    marks = np.zeros(SIGNATURE_BITS, np.uint8)
    marks[trigram_bits(content)] = 1
    return np.packbits(marks).tobytes()


def trigram_bits(content: bytes) -> NDArray[np.uint32]:
    """Return the number of the bit of each trigram, 0 to `SIGNATURE_BITS` - 1; none for fewer than three bytes."""
    values = np.frombuffer(fold(content), np.uint8).astype(np.uint32)
    if len(values) < 3:
        return np.empty(0, np.uint32)
    codes = (values[:-2] << np.uint32(16)) | (values[1:-1] << np.uint32(8)) | values[2:]
    bits: NDArray[np.uint32] = (codes * _MULTIPLIER) >> _SHIFT
    return bits


def fold(content: bytes) -> bytes:
    """Return the text with the letters of ASCII, and what equals them, in lower case."""
    for special, plain in _FOLDED:
        if special in content:
            content = content.replace(special, plain)
    return content.lower()
