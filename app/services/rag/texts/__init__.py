"""The texts of all files, ready to be searched for literals, regular expressions and patterns.

Every process keeps a catalogue of the files with a signature of the trigrams of each (1 KB a file), and the texts used
last. Which files may hold a literal is a few operations on bytes of the catalogue; only those are looked into.

Why not in PostgreSQL, as the other legs: over the standard library of Python with its tests (2,232 files, 37 MB) RE2
reads all texts of memory in 5 to 58 ms, depending on the expression, and for half of 122 questions the signatures leave
4 % of the files, with 19 % of the bytes; choosing those takes 0.1 ms. PostgreSQL takes 100 ms to unpack 12 MB of
candidates, and 300 ms for LIKE over all texts. An inverted index of trigrams (a GIN index of our own or pg_trgm's)
would have 3.5 million entries to write for that tree, within a first index that aims at 10 s; the signatures take
0.1 ms a file.
"""

from app.services.rag.texts.catalogue import FileEntry, Needs
from app.services.rag.texts.signature import signature
from app.services.rag.texts.texts import Texts

__all__ = ["FileEntry", "Needs", "Texts", "signature"]
