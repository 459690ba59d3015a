"""The process that embeds for the extra legs: `python -m` it with orders on standard input."""

import asyncio
import os

from app.core.children import Orders, as_child
from app.core.logging import configure_logging
from app.core.settings import Settings, load_settings
from app.db.database import Database
from app.db.listening import listening
from app.services.ollama.settings import OllamaSettings
from app.services.rag.channels import CHANGES
from app.services.rag.legs.backends import make_embedder
from app.services.rag.legs.filler import Filler
from app.services.rag.legs.settings import EmbeddingSettings, HuggingFaceSettings, OpenAISettings, legs_of
from app.services.rag.settings import RagSettings

SLICES = (RagSettings, EmbeddingSettings, OpenAISettings, HuggingFaceSettings, OllamaSettings)

LAST = 19
"""Niceness: answering and indexing come first."""


async def fill(database: Database, settings: Settings) -> None:
    """Keep every configured leg complete, for ever."""
    embedders = [make_embedder(settings, leg) for leg in legs_of(settings)]
    fillers = [Filler(database, embedder) for embedder in embedders]

    def wake(_: str) -> None:
        for filler in fillers:
            filler.changed.set()

    try:
        async with listening(database, CHANGES, wake), asyncio.TaskGroup() as group:
            for filler in fillers:
                group.create_task(filler.run(), name=f"leg {filler.settings.name}")
    finally:
        for embedder in embedders:
            await embedder.close()


async def serve(orders: Orders) -> None:
    """Fill until the parent ends."""
    os.nice(LAST - os.nice(0))
    database = Database(orders.database_url, pool_size=4)
    try:
        await fill(database, load_settings(SLICES))
    finally:
        await database.close()


if __name__ == "__main__":
    configure_logging(load_settings([]))
    asyncio.run(as_child(serve))
