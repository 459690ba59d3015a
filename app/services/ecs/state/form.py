"""Which version of the code saved a state: one that another version saved is made anew from the log."""

import hashlib

from app.services.ecs.state import layouts

REVISION = 1
"""Raise it with every change of what a tick or an input does, so that a saved state is never mixed with new rules."""

FORM = hashlib.sha256(
    repr((REVISION, sorted((name, repr(value)) for name, value in vars(layouts).items() if name.isupper()))).encode()
).hexdigest()[:16]
"""The revision, and the layout of every table."""
