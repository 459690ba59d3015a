"""Whether continuous indexing does what it promises, asked from outside."""
