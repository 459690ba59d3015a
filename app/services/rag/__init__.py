"""RAG: a codebase kept in step with its disk, cut by syntax, embedded, and open to questions.

Promises: the index equals what is on disk or says what is still pending; a file is replaced whole or not at
all; a crash at any point costs nothing but the time to go on.
"""
