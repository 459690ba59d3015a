"""PDFs written by hand, after ISO 32000-1 (7.5), so that each can be odd in exactly one way."""

import zlib
from io import BytesIO

from pypdf import PdfReader, PdfWriter


def pdf(*pages: str, title: str = "A manual") -> bytes:
    """Return a PDF with one line of text on each page."""
    return assemble([stream(f"BT /F1 12 Tf 72 720 Td ({page}) Tj ET".encode()) for page in pages], title)


def stream(content: bytes) -> bytes:
    """Return a compressed stream object."""
    packed = zlib.compress(content, 9)
    return b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)


def assemble(contents: list[bytes], title: str) -> bytes:
    """Return a PDF whose pages show these streams."""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Title ({title}) >>".encode(),
    ]
    for number, content in enumerate(contents):
        page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
        objects += [f"{page}/Contents {6 + 2 * number} 0 R >>".encode(), content]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def encrypted(content: bytes, password: str) -> bytes:
    """Return the same PDF under a password."""
    writer, out = PdfWriter(clone_from=PdfReader(BytesIO(content))), BytesIO()
    writer.encrypt(password, algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


def bomb(unpacked: int) -> bytes:
    """Return a small PDF whose page unpacks to that many bytes of text operators, twice packed."""
    layer = zlib.compress(zlib.compress(b"BT (x) Tj ET\n" * (unpacked // 13), 9), 9)
    head = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (len(layer), layer)
    return assemble([head], "Bomb")
