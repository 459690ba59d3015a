"""Search by form: literals, regular expressions, symbols, and structural patterns.

Promises: no user's expression reaches an engine that can backtrack, none takes longer than SEARCH_SYNTAX_SECONDS, and
what ran out of time answers with what it found and `truncated: true`.
"""
