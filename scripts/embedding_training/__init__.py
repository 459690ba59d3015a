"""How the table of the built-in embedding was made: distilled from MiniLM, then trained on comments and code."""
