"""Pictures over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, Response, UploadFile

from app.core.access import NotAllowed, NotAuthenticated, User, reader
from app.core.errors import InvalidInput, responses
from app.core.lifespan import running, state_of
from app.core.limits import Body, Rate, limits
from app.core.paths import PathRefused, check_part
from app.services.images.errors import FormatUnavailable, GalleryFull, ImageRefused, UnknownImage
from app.services.images.formats import Format, available
from app.services.images.schemas import FormatOut, ImageOut, ImagesStatus, Metadata
from app.services.images.service import Images
from app.services.images.work import Made, Order

router = APIRouter(prefix="/api/images", tags=["images"], responses=responses(NotAuthenticated, NotAllowed))

ImagesDep = Annotated[Images, Depends(running("images", Images))]
Picture = Annotated[UploadFile, File(description="PNG, JPEG, WebP, AVIF, JPEG XL, GIF or TIFF")]
Side = Annotated[int | None, Form(ge=1, le=10_000, description="Pixels")]
Quality = Annotated[int, Form(ge=1, le=100, description="Of formats that lose something")]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]

BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"image/*": {}}}}
CANNOT = responses(FormatUnavailable, ImageRefused)
UNKNOWN = responses(UnknownImage)


@router.get("/status", dependencies=[Depends(reader)], summary="Whether pictures are worked on")
async def get_status(request: Request) -> ImagesStatus:
    """Return the state of the service, and the formats it writes."""
    found = state_of(request)["registry"].status()["images"]
    written = [item for item, (_, writes) in available().items() if writes]
    return ImagesStatus(status=found.state, reason=found.reason, formats=written)


@router.get("/formats", dependencies=[Depends(reader)], summary="Formats")
async def list_formats() -> list[FormatOut]:
    """Return the formats, and which of them this installation reads and writes."""
    return [
        FormatOut(name=item, media_type=item.media_type, reads=reads, writes=writes)
        for item, (reads, writes) in available().items()
    ]


@router.post("/convert", summary="Convert a picture", response_class=Response, responses=CANNOT | BYTES)
@limits(Rate.expensive, Body.upload)
async def convert(
    images: ImagesDep,
    _: User,
    file: Picture,
    format: Annotated[Format, Form()],  # noqa: A002 - the name of the field
    quality: Quality = 80,
) -> Response:
    """Return the picture in another format: turned upright, of an animation the first frame, without EXIF."""
    return shown(await images.make(await file.read(), Order(format=format, quality=quality)))


@router.post(
    "/resize",
    summary="Resize a picture",
    response_class=Response,
    responses=CANNOT | responses(InvalidInput) | BYTES,
)
@limits(Rate.expensive, Body.upload)
async def resize(
    images: ImagesDep,
    _: User,
    file: Picture,
    width: Side = None,
    height: Side = None,
    fit: Annotated[Literal["contain", "cover", "fill"], Form()] = "contain",
    format: Annotated[Format | None, Form(description="The one it has if left out")] = None,  # noqa: A002 - same
    quality: Quality = 80,
) -> Response:
    """Return the picture fitted into a box: whole, cut to cover it, or filling it whatever its proportions were.

    With one side alone the other follows; with neither it keeps its size.
    """
    order = Order(format=format, width=width, height=height, fit=fit, quality=quality)
    return shown(await images.make(await file.read(), order))


@router.post("/thumbnail", summary="Make a thumbnail", response_class=Response, responses=CANNOT | BYTES)
@limits(Rate.expensive, Body.upload)
async def thumbnail(
    images: ImagesDep,
    _: User,
    file: Picture,
    size: Annotated[int, Form(ge=16, le=1024, description="Pixels of the longer side")] = 256,
    format: Annotated[Format, Form()] = Format.webp,  # noqa: A002 - same
) -> Response:
    """Return a small copy; a picture that is smaller already does not grow."""
    order = Order(format=format, width=size, height=size, enlarge=False, quality=75)
    return shown(await images.make(await file.read(), order))


@router.post("/metadata", summary="What a picture tells", responses=responses(ImageRefused))
@limits(Rate.expensive, Body.upload)
async def metadata(images: ImagesDep, _: User, file: Picture) -> Metadata:
    """Return size, format, frames and EXIF of a picture, and where it was taken: whoever sends it has all that."""
    made = await images.make(await file.read(), Order(look=True))
    return Metadata.model_validate(made.info)


@router.post("/upload", summary="Keep a picture", responses=responses(ImageRefused, GalleryFull))
@limits(Rate.expensive, Body.upload)
async def upload(images: ImagesDep, caller: User, file: Picture) -> ImageOut:
    """Keep a picture in the caller's gallery, as it is; the same bytes are kept once, under the first name."""
    name = file.filename or "picture"
    try:
        check_part(name)
    except PathRefused as error:
        raise ImageRefused(f"The name of the picture cannot be used: {error}.") from error
    return ImageOut.model_validate(await images.keep(caller.account, name, await file.read()))


@router.get("", summary="List my pictures")
async def list_images(
    response: Response,
    images: ImagesDep,
    caller: User,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> list[ImageOut]:
    """Return the pictures of the caller's gallery, the newest first; X-Total-Count has how many."""
    total, found = await images.listed(caller.account, limit, offset)
    response.headers["X-Total-Count"] = str(total)
    return [ImageOut.model_validate(item) for item in found]


@router.get("/{image_id}", summary="One picture", responses=UNKNOWN)
async def get_image(images: ImagesDep, caller: User, image_id: Number) -> ImageOut:
    """Return what there is to know of a picture of the caller's gallery."""
    return ImageOut.model_validate(await images.one(caller.account, image_id))


@router.get("/{image_id}/content", summary="Bytes of a picture", response_class=Response, responses=UNKNOWN | BYTES)
async def get_content(images: ImagesDep, caller: User, image_id: Number) -> Response:
    """Return a picture of the caller's gallery as it was sent."""
    name, content = await images.content(caller.account, image_id)
    return Response(content, media_type=name.media_type, headers=PRIVATE)


@router.get(
    "/{image_id}/thumbnail", summary="A small copy of a picture", response_class=Response, responses=UNKNOWN | BYTES
)
async def get_thumbnail(images: ImagesDep, caller: User, image_id: Number) -> Response:
    """Return a picture of the caller's gallery as WebP, with 256 pixels on its longer side."""
    content = await images.thumbnail(caller.account, image_id)
    return Response(content, media_type=Format.webp.media_type, headers=PRIVATE)


@router.delete("/{image_id}", summary="Delete a picture", responses=UNKNOWN)
async def delete_image(images: ImagesDep, caller: User, image_id: Number) -> ImageOut:
    """Delete a picture of the caller's gallery; return what it was."""
    return ImageOut.model_validate(await images.remove(caller.account, image_id))


PRIVATE = {"Cache-Control": "private, max-age=86400, immutable"}
"""The bytes behind an id never change."""


def shown(made: Made) -> Response:
    """Return what was made, with its size in pixels."""
    headers = {"X-Image-Width": str(made.width), "X-Image-Height": str(made.height)}
    return Response(made.content, media_type=Format(made.format).media_type, headers=headers)
