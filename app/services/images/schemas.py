"""What goes over the wire."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from app.core.registry import ServiceState
from app.services.images.formats import Format


class FormatOut(BaseModel):
    """A format, and what this installation does with it."""

    name: Format
    media_type: str
    reads: bool
    writes: bool


class Location(BaseModel):
    """Where a picture was taken, in degrees."""

    latitude: float
    longitude: float


class Metadata(BaseModel):
    """What there is to know of a picture; told to whoever has the picture itself."""

    format: Format
    width: int
    height: int
    mode: str = Field(description="As Pillow names it", examples=["RGB"])
    frames: int
    exif: dict[str, Any]
    location: Location | None


class ImageOut(BaseModel):
    """A picture of the gallery."""

    id: int
    name: str
    format: Format
    width: int
    height: int
    size: int = Field(description="Bytes")
    hash: str = Field(description="SHA-256 of the bytes")
    frames: int
    exif: dict[str, Any]
    location: Location | None
    created_at: datetime


class ImagesStatus(BaseModel):
    """Whether pictures are worked on."""

    status: ServiceState
    reason: str | None
    formats: list[Format] = Field(description="Those that are written")
