"""Extra dense legs: other embeddings of the same chunks, filled in the background and used once they are complete.

The built-in embedding always indexes everything. A leg is one more model: its vectors lie in a table of its own, keyed
by what was embedded, so that the same text is never embedded twice, whatever file or branch it comes back in. Vectors
of two models are never compared: the rankings are fused. A leg of a CLIP model embeds pictures instead, and is asked
for those alone.

Read in this order: `settings.py` (which legs there are), `backends/` (who embeds), `filler.py` (embedding what
is missing, in `fill_process.py`), `legs.py` (asking them).
"""

from app.services.rag.legs.legs import KnownLeg, Legs, UsableLeg, make_legs

__all__ = ["KnownLeg", "Legs", "UsableLeg", "make_legs"]
