"""Migrations of the ECS database."""

import app.services.ecs.models  # noqa: F401 - its tables register themselves
from app.db.base import EcsBase
from app.db.migrations.environment import run

run("ecs", EcsBase.metadata)
