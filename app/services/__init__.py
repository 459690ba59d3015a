"""One room for each service, each with the same few files."""
