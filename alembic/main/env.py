"""Migrations of the main database."""

import app.services.comfy.models
import app.services.email.models
import app.services.images.models
import app.services.rag.shelf_models  # noqa: F401 - its tables register themselves
from app.db.base import MainBase
from app.db.migrations.environment import run

run("main", MainBase.metadata)
