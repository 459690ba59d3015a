"""Extra dense legs: other embeddings of the same chunks, filled in the background and used once they are complete.

The built-in embedding always indexes everything. A leg is one more model: its vectors lie in a table of its own, keyed
by what was embedded, so that the same text is never embedded twice, whatever file or branch it comes back in. Vectors
of two models are never compared: the rankings are fused.

Read in this order: `settings.py` (which legs there are), `backends/` (who embeds), `filler.py` (the process that
embeds what is missing), `legs.py` (asking them).
"""
