"""Alembic for the three histories (main, auth, ecs): from the command line and from a starting process."""
