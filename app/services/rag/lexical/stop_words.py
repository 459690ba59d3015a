"""English words that say nothing about what a question looks for."""

STOP_WORDS = frozenset(
    "a about all an and any are as at be been being but by can could did do does doing for from had has have "
    "how i if in into is it its let me my of on or our please shall should show so some such than that the "
    "their them then there these they this those to tell us was we were what when where which while who whom "
    "whose why will with would you your".split()
)
"""Words of the SMART list (Salton, 1971) that open or join questions. Words that are also code (`not`, `is`
aside, `import`, `class`, `get`, `set`, `up`) stay: they can be what is meant."""
