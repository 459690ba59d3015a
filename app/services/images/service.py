"""Pictures as a service."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from app.core.registry import Context
from app.db.database import Database
from app.services.images import repository
from app.services.images.errors import FormatUnavailable, GalleryFull, UnknownImage
from app.services.images.formats import Format, available
from app.services.images.settings import ImagesSettings
from app.services.images.work import Made, Order, Workshop

T = TypeVar("T")

THUMBNAIL = Order(format="webp", width=256, height=256, enlarge=False, quality=75)
"""Of the gallery: about 8 KB."""


class Images:
    """Works on pictures, and keeps galleries of at most `most` bytes."""

    def __init__(self, database: Database, workshop: Workshop, most: int) -> None:
        self._database, self._workshop, self._most = database, workshop, most

    async def make(self, content: bytes, order: Order) -> Made:
        """Make something of a picture that was sent.

        Raises:
            FormatUnavailable: The format cannot be written here.
            ImageRefused: The picture cannot be read, or costs more than it may.
        """
        if order.format is not None and not available()[Format(order.format)][1]:
            raise FormatUnavailable(f"{order.format} is not written here: GET /api/images/formats lists what is.")
        return await self._workshop.make(content, order)

    async def keep(self, owner_id: UUID, name: str, content: bytes) -> dict[str, Any]:
        """Keep a picture in the gallery of a user; the same bytes are kept once.

        Raises:
            ImageRefused: It cannot be read, or costs more than it may.
            GalleryFull: The gallery holds as much as is allowed.
        """
        made = await self._workshop.make(content, THUMBNAIL)
        info = made.info
        row = {
            "owner_id": owner_id,
            "hash": await asyncio.to_thread(digest, content),
            "name": name,
            "size": len(content),
            "about": {part: info[part] for part in ("frames", "exif", "location")},
            **{part: info[part] for part in ("format", "width", "height")},
        }
        async with self._database.transaction() as session:
            await repository.lock(session, owner_id)
            image_id = await repository.add(session, row, content, made.content)
            _, size = await repository.totals(await session.connection(), owner_id)
            if size > self._most:
                raise GalleryFull("Your gallery is full: delete pictures, or raise IMAGES_GALLERY_MB.")
        return await self.one(owner_id, image_id)

    async def listed(self, owner_id: UUID, limit: int, offset: int) -> tuple[int, Sequence[dict[str, Any]]]:
        """Return how many pictures this user keeps, and a page of them, the newest first."""
        async with self._database.transaction() as session:
            return await repository.listed(await session.connection(), owner_id, limit, offset)

    async def one(self, owner_id: UUID, image_id: int) -> dict[str, Any]:
        """Return what there is to know of a picture of this user.

        Raises:
            UnknownImage: The user has none of that id.
        """
        async with self._database.transaction() as session:
            return known(await repository.one(await session.connection(), owner_id, image_id), image_id)

    async def content(self, owner_id: UUID, image_id: int) -> tuple[Format, bytes]:
        """Return format and bytes of a picture of this user.

        Raises:
            UnknownImage: The user has none of that id.
        """
        async with self._database.reading() as connection:
            name, content = known(await repository.content(connection, owner_id, image_id), image_id)
        return Format(name), content

    async def thumbnail(self, owner_id: UUID, image_id: int) -> bytes:
        """Return the thumbnail of a picture of this user, as WebP.

        Raises:
            UnknownImage: The user has none of that id.
        """
        async with self._database.reading() as connection:
            return known(await repository.thumbnail(connection, owner_id, image_id), image_id)

    async def remove(self, owner_id: UUID, image_id: int) -> dict[str, Any]:
        """Delete a picture; return what it was.

        Raises:
            UnknownImage: The user has none of that id.
        """
        async with self._database.transaction() as session:
            return known(await repository.remove(session, owner_id, image_id), image_id)


def digest(content: bytes) -> bytes:
    """Return the SHA-256 of a picture: 64 MB take 50 ms, so call it in a thread."""
    return hashlib.sha256(content).digest()


def known(found: T | None, image_id: int) -> T:
    """Return what was found.

    Raises:
        UnknownImage: Nothing was.
    """
    if found is None:
        raise UnknownImage(f"You have no picture {image_id}.")
    return found


@asynccontextmanager
async def open_images(context: Context) -> AsyncIterator[Images]:
    """Open the galleries on the main database."""
    settings = context.settings.of(ImagesSettings)
    workshop = Workshop(settings.workers)
    try:
        yield Images(context.get("main_database", Database), workshop, settings.gallery_mb * 1_000_000)
    finally:
        await workshop.aclose()
