"""Files that unpack to more than memory holds, take for ever, or are not what they say."""

import gzip
import zipfile
from collections.abc import Iterator
from io import BytesIO

from tests.core.pictures import endless_gif, picture, png
from tests.hostile.attack import Attack, Scene, uploaded
from tests.services.rag.documents.pdfs import bomb, encrypted, pdf


def archive(size: int, name: str = "a") -> bytes:
    """Return a zip that holds a file of that many zeros."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, b"\0" * size)
    return out.getvalue()


def files() -> Iterator[tuple[str, str, bytes, str, tuple[int, ...], str | None]]:
    """Yield what it is, its name, its bytes, its type, and what is right to answer."""
    unreadable, unsupported = ((422,), "unreadable_document"), ((415,), "unsupported_document")
    yield "a PDF of 300 MB in 300 kB", "a.pdf", bomb(300_000_000), "application/pdf", *unreadable
    yield "an encrypted PDF", "a.pdf", encrypted(pdf("a"), "b"), "application/pdf", *unreadable
    yield "half a PDF", "a.pdf", pdf("text")[:150], "application/pdf", *unreadable
    yield "a PDF that is none", "a.pdf", b"%PDF-1.7\n" + b"\xff" * 1000, "application/pdf", *unreadable
    yield (
        "a PDF of nothing but references",
        "a.pdf",
        b"%PDF-1.4\n" + b"1 0 obj\n1 0 R\nendobj\n" * 5000,
        "",
        *unreadable,
    )
    yield "HTML nested 100,000 deep", "a.html", b"<div>" * 100_000, "text/html", *unreadable
    yield "HTML of entities", "a.html", b"<p>" + b"&amp;" * 200_000, "text/html", (200, 422), None
    yield "HTML in a charset that is none", "a.html", b"<meta charset=evil><p>\xff", "text/html", *unreadable
    yield "HTML of attributes", "a.html", b"<p " + b'a="b" ' * 100_000 + b">x", "text/html", (200, 422), None
    yield "a zip of 100 MB", "a.zip", archive(100_000_000), "application/zip", *unsupported
    yield "a zip that says it is text", "a.txt", archive(1000), "text/plain", *unsupported
    yield "a document that is a zip", "a.docx", archive(1000, "word/document.xml"), "", *unsupported
    yield "a zip with a way out", "a.zip", archive(10, "../../etc/passwd"), "", *unsupported
    yield "a gzip of 10 MB", "a.gz", gzip.compress(b"\0" * 10_000_000), "application/gzip", (415, 422), None
    yield "a program", "a.exe", b"MZ\x90\0\x03\0\0\0", "application/octet-stream", *unsupported
    yield "an ELF file", "a.py", b"\x7fELF\x02\x01\x01\0", "text/x-python", *unsupported
    yield "a film", "a.mp4", b"\0\0\0 ftypisom", "video/mp4", *unsupported
    yield "a font", "a.woff", b"wOFF", "font/woff", *unsupported
    yield "XML of entities", "a.xml", lol(), "application/xml", (200, 422), None
    yield "SVG with a script", "a.svg", b"<svg onload='alert(1)'/>", "image/svg+xml", *unsupported
    yield "a picture of 1.6 gigapixels", "a.png", png(40_000, 40_000, b"\0" * 100_000), "image/png", *unreadable
    yield "a picture of 2**62 pixels", "a.png", png(2**31 - 1, 2**31 - 1), "image/png", *unreadable
    yield "a picture of no height", "a.png", png(10, 0), "image/png", *unreadable
    yield "half a picture", "a.jpg", picture("JPEG", (64, 64))[:300], "image/jpeg", *unreadable
    yield "a GIF of a million frames", "a.gif", endless_gif(300_000), "image/gif", *unreadable
    yield "a picture that is none", "a.png", b"\x89PNG\r\n\x1a\n<script>", "image/png", *unreadable
    yield "a WebP that is none", "a.webp", b"RIFF\xff\xff\xff\xffWEBPVP8 ", "image/webp", *unreadable
    yield "text in Latin-1", "a.txt", b"caf\xe9", "text/plain", *unreadable
    yield "text of 3 MB", "a.txt", b"a " * 1_500_000, "text/plain", *unreadable
    yield "nothing", "a.txt", b"", "text/plain", (422,), "document_refused"
    yield "a file of secrets", ".env", b"KEY=1", "text/plain", (422,), "document_refused"
    yield "a file without a name", "", b"text", "text/plain", (400, 422), None


def lol() -> bytes:
    """Return XML whose entities would unfold to gigabytes."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE l [<!ENTITY l0 "lol">{entities}]><l>&l9;</l>'.encode()


def attacks(scene: Scene) -> Iterator[Attack]:
    """Yield them."""
    for what, name, content, media_type, status, code in files():
        request = uploaded(scene.user, name, content, media_type, wait_ms="0")
        yield Attack(what, request, status, code)
