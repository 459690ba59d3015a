"""Answers in words: passages that search finds, put before a local model, which has to name those it speaks from.

Promises: every citation is a passage that was given and that the text names; without a model the passages are the
answer, and it says what to start; whoever hangs up stops the model.
"""
