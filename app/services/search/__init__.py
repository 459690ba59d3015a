"""Search: the legs of the index fused, explained and cached by the generation of what was asked.

Promises: an answer is never older than the index it names; equal questions are computed once; without Redis
everything works, only slower.
"""
