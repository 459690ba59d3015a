"""The engines: programs under the GPL, each in processes of its own that take text and give samples over pipes."""
