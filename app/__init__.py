"""Reynard: code search, a living world and one front door to local AI tools, in one process."""
