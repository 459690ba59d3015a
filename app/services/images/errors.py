"""What is refused of pictures."""

from app.core.errors import ApiError


class UnknownImage(ApiError):
    """The caller has no picture of that id."""

    status = 404
    code = "unknown_image"
    title = "Unknown picture"


class ImageRefused(ApiError):
    """The file is no picture that is read, is damaged, has too many pixels, or takes too much time or memory."""

    status = 422
    code = "image_refused"
    title = "Picture refused"


class FormatUnavailable(ApiError):
    """The format cannot be written by this installation; GET formats lists those that can."""

    status = 422
    code = "format_unavailable"
    title = "Format unavailable"


class GalleryFull(ApiError):
    """The caller's gallery holds as much as IMAGES_GALLERY_MB allows."""

    status = 409
    code = "gallery_full"
    title = "Gallery full"
