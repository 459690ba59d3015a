"""The routes about the process itself: health, the registry, the documentation pages."""
