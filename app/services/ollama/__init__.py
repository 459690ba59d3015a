"""The door to a local Ollama: it is found, watched, and missed in words when it is away."""
