"""Migrations of the auth database."""

import app.services.gatekeeper.models  # noqa: F401 - its tables register themselves
from app.db.base import AuthBase
from app.db.migrations.environment import run

run("auth", AuthBase.metadata)
