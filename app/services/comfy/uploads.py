"""Pictures that workflows load: looked at before ComfyUI gets them."""

import asyncio
import hashlib
from uuid import UUID

from app.core.pictures import PictureRefused, open_picture
from app.services.comfy.adapter import Comfy
from app.services.comfy.errors import PictureUnusable
from app.services.comfy.schemas import Uploaded

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}

NAME_CHARACTERS = 32
"""Of the hash in a name: nobody finds two contents of one name, and a name tells nothing."""


async def upload(comfy: Comfy, content: bytes, owner: UUID) -> Uploaded:
    """Put a picture where workflows load from, under a name made of its content and its owner.

    So no upload replaces another, and the name that was sent along is never used.

    Raises:
        PictureUnusable: It is no picture that may be opened.
        ComfyAway, ComfyFailed: ComfyUI does not serve us.
    """
    try:
        picture = await asyncio.to_thread(open_picture, content)
    except PictureRefused as error:
        raise PictureUnusable(f"The picture cannot be used: {error}.") from error
    kind = str(picture.format)
    digest = hashlib.sha256(owner.bytes + content).hexdigest()[:NAME_CHARACTERS]
    return await comfy.upload(f"reynard-{digest}.{kind.lower()}", content, MEDIA_TYPES[kind])
