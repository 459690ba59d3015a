"""Every query of the galleries; each takes the owner."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.services.images.models import Picture, PictureContent

COLUMNS = (
    "id, name, format, width, height, size, encode(hash, 'hex') AS hash, about -> 'frames' AS frames, "
    "about -> 'exif' AS exif, about -> 'location' AS location, created_at"
)
SHOWN = f"SELECT {COLUMNS} FROM images"


async def lock(session: AsyncSession, owner_id: UUID) -> None:
    """Wait until nobody else adds to this user's gallery; held to the end of the transaction."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:owner, 0))"), {"owner": str(owner_id)})


async def totals(connection: AsyncConnection, owner_id: UUID) -> tuple[int, int]:
    """Return how many pictures this user keeps, and how many bytes they have."""
    rows = await connection.execute(
        text("SELECT count(*) AS pictures, coalesce(sum(size), 0) AS bytes FROM images WHERE owner_id = :owner"),
        {"owner": owner_id},
    )
    row = rows.one()
    return int(row.pictures), int(row.bytes)


async def add(session: AsyncSession, row: dict[str, Any], content: bytes, thumbnail: bytes) -> int:
    """Keep a picture, unless its owner keeps these bytes already; return its id."""
    wanted = insert(Picture).values(row)
    known = wanted.on_conflict_do_update(index_elements=["owner_id", "hash"], set_={"hash": wanted.excluded.hash})
    image_id = await session.scalar(known.returning(Picture.id))
    made = insert(PictureContent).values(image_id=image_id, content=content, thumbnail=thumbnail)
    await session.execute(made.on_conflict_do_nothing())
    return int(str(image_id))


async def listed(
    connection: AsyncConnection, owner_id: UUID, limit: int, offset: int
) -> tuple[int, Sequence[dict[str, Any]]]:
    """Return how many pictures this user keeps, and a page of them, the newest first."""
    values = {"owner": owner_id, "limit": limit, "offset": offset}
    total, _ = await totals(connection, owner_id)
    page = text(f"{SHOWN} WHERE owner_id = :owner ORDER BY id DESC LIMIT :limit OFFSET :offset")
    return total, [dict(row) for row in (await connection.execute(page, values)).mappings()]


async def one(connection: AsyncConnection, owner_id: UUID, image_id: int) -> dict[str, Any] | None:
    """Return a picture of this user."""
    asked = text(f"{SHOWN} WHERE owner_id = :owner AND id = :id")
    row = (await connection.execute(asked, {"owner": owner_id, "id": image_id})).mappings().one_or_none()
    return None if row is None else dict(row)


async def content(connection: AsyncConnection, owner_id: UUID, image_id: int) -> tuple[str, bytes] | None:
    """Return format and bytes of a picture of this user."""
    asked = text(
        "SELECT i.format, c.content FROM images i JOIN image_contents c ON c.image_id = i.id "
        "WHERE i.owner_id = :owner AND i.id = :id"
    )
    row = (await connection.execute(asked, {"owner": owner_id, "id": image_id})).one_or_none()
    return None if row is None else (row.format, row.content)


async def thumbnail(connection: AsyncConnection, owner_id: UUID, image_id: int) -> bytes | None:
    """Return the bytes of the thumbnail of a picture of this user."""
    found: bytes | None = await connection.scalar(
        text(
            "SELECT c.thumbnail FROM images i JOIN image_contents c ON c.image_id = i.id "
            "WHERE i.owner_id = :owner AND i.id = :id"
        ),
        {"owner": owner_id, "id": image_id},
    )
    return found


async def remove(session: AsyncSession, owner_id: UUID, image_id: int) -> dict[str, Any] | None:
    """Delete a picture of this user; return what it was."""
    asked = text(f"DELETE FROM images WHERE owner_id = :owner AND id = :id RETURNING {COLUMNS}")
    row = (await session.execute(asked, {"owner": owner_id, "id": image_id})).mappings().one_or_none()
    return None if row is None else dict(row)
