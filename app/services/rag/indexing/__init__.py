"""Continuous indexing: a scanner that sees the disk, workers that chunk and embed, a service that keeps both."""
