"""English words that say nothing about what a question looks for."""

_WORDS = """
a about all an and any are as at be been being but by can could did do does doing for from had has have how i if
in into is it its let me my of on or our please shall should show so some such than that the their them then
there these they this those to tell us was we were what when where which while who whom whose why will with
would you your
"""

STOP_WORDS = frozenset(_WORDS.split())
"""The words of the SMART list (Salton, 1971) that open or join questions. Words of it that also name things in
code (`get`, `set`, `up`, `not`, `next`, `first`) are left: they can be what is meant."""
