"""One living world, the same for everybody who looks.

Its state is the fold of a numbered log of inputs from a seed, bit for bit. What was answered is in the log, at the tick
at which it took effect, and is never lost; whoever reads afterwards, over any process, finds it.
"""
