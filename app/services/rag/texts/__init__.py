"""The texts of all files, ready to be searched for literals, regular expressions and patterns.

Every process keeps a catalogue of the files with a signature of the trigrams of each (1 KB a file), and the texts used
last. Which files may hold a literal is a few operations on bytes of the catalogue; only those are looked into.

Why not in PostgreSQL, as the other legs: over the standard library of Python (1,786 files, 31 MB) RE2 reads every text
of memory in 10 to 95 ms, and the signatures leave a hundredth of that for most questions, while PostgreSQL needs more
than that to unpack the candidates alone. An inverted index of trigrams (a GIN index of our own or pg_trgm's) would have
5 million entries to write for that tree, within a first index that aims at 10 s; the signatures take 0.1 ms a file.
"""

from app.services.rag.texts.catalogue import FileEntry, Needs
from app.services.rag.texts.signature import signature
from app.services.rag.texts.texts import Texts

__all__ = ["FileEntry", "Needs", "Texts", "signature"]
