"""The state of a world: columns of numbers and texts, and the scalars beside them. Whoever holds it holds the world."""
