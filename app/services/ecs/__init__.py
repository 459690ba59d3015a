"""The world of agents: its tables, so far; the engine opens on top of them."""
