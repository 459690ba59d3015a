"""Pictures for tests: whole ones, and such as pretend to be."""

import struct
import zlib
from io import BytesIO

from PIL import Image


def picture(kind: str, size: tuple[int, int] = (8, 8), frames: int = 1) -> bytes:
    """Return a picture in a format of Pillow's."""
    made = [Image.effect_noise(size, 40 + 20 * number).convert("RGB") for number in range(frames)]
    out = BytesIO()
    if frames == 1:
        made[0].save(out, kind)
    else:
        made[0].save(out, kind, save_all=True, append_images=made[1:])
    return out.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, data: bytes = b"\0", *, more: bytes = b"") -> bytes:
    """Return a PNG that says it has this size, whatever its data holds."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + more + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def endless_gif(frames: int) -> bytes:
    """Return a GIF of that many frames of one pixel."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0" * frames + b";"
