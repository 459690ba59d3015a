"""The door to local language models: Ollama, or a small built-in model where there is none.

Promises: words are passed on as they come, and the model stops when whoever asked hangs up; a full queue is told as
503; what Ollama refuses is told in sentences that say what to do; no database connection is held.
"""
