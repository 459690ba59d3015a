"""Taking documents in, following them into the index, and deleting them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from app.core.access import Caller, NotAllowed
from app.core.accounts import AccountKeeper
from app.core.registry import Context
from app.services.ollama.service import Ollama
from app.services.rag.channels import tell_changed
from app.services.rag.chunking import language_of
from app.services.rag.chunking.language_names import IMAGE
from app.services.rag.documents import repository
from app.services.rag.documents.captions import Captioner
from app.services.rag.documents.errors import (
    DocumentRefused,
    FileOfDirectory,
    UnknownDocument,
    UnsupportedDocument,
)
from app.services.rag.documents.extraction import Extractor, kind_of
from app.services.rag.documents.incoming import Incoming, Picture, prepare
from app.services.rag.documents.ingestion import Ingestion
from app.services.rag.documents.recording import OTHERS, batches, may_change, record
from app.services.rag.documents.schemas import MAX_TITLE, IngestReport, Item
from app.services.rag.indexing import manifest_repository as manifest
from app.services.rag.indexing.reading import content_hash
from app.services.rag.progress import Visibility
from app.services.rag.service import Rag
from app.services.rag.settings import RagSettings
from app.services.rag.sources import delete_private

NO_PICTURES = (
    "Pictures are described by a model, or embedded by one: set RAG_CAPTION_MODEL to a model of Ollama that sees, or "
    "RAG_CLIP_MODEL to a CLIP model."
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: its name, what it is said to be, and what is to be known of it."""

    source: str
    media_type: str
    content: bytes
    title: str | None
    metadata: dict[str, Any]


class Documents:
    """Takes documents into the index of `rag`; texts of more than `max_bytes` are refused.

    Pictures are taken where `captioner` writes, or where they are embedded themselves (`keeps_pictures`).
    """

    def __init__(self, rag: Rag, max_bytes: int, captioner: Captioner, *, keeps_pictures: bool = False) -> None:
        self.rag = rag
        self.captioner = captioner
        self.max_bytes = max_bytes
        self.extractor = Extractor(max_bytes)
        self._keeps_pictures = keeps_pictures

    async def take(
        self,
        items: Sequence[Item],
        caller: Caller,
        visibility: Visibility,
        *,
        force: bool,
        picture: Picture | None = None,
    ) -> Ingestion:
        """Record documents for the workers; each that cannot be taken is noted with its reason.

        Args:
            items: What was sent.
            caller: Becomes the owner of what is new.
            visibility: Who sees them: everybody, or the caller alone.
            force: Index again what did not change.
            picture: What the items are about.
        """
        ingestion = Ingestion(total=len(items))
        prepared = await asyncio.to_thread(self._prepare, items, ingestion)
        for batch in batches([replace(item, picture=picture) for item in prepared]):
            async with self.rag.database.transaction() as session:
                await record(session, batch, caller, visibility, ingestion, force=force)
        return ingestion

    async def take_file(self, file: Upload, caller: Caller, visibility: Visibility, *, force: bool) -> Ingestion:
        """Record one file; the text of PDF and HTML is kept as Markdown, under the file's name with `.md`.

        Raises:
            UnsupportedDocument: It is of no kind that is read.
            UnreadableDocument: Its text cannot be taken out.
            CaptionUnavailable: It is a picture, and the model that describes it is away.
            DocumentRefused: Its text cannot be indexed.
            NotAllowed: The caller may not replace the document of that name.
        """
        kind = kind_of(file.source, file.media_type, file.content)
        if kind == "picture":
            return await self._take_picture(file, caller, visibility, force=force)
        found = await self.extractor.extract(kind, file.content)
        name = file.source if kind == "text" or file.source.endswith(".md") else f"{file.source}.md"
        title = file.title or (found.title or "").strip()[:MAX_TITLE] or None
        item = Item.model_construct(source=name, content=found.text, title=title, metadata=file.metadata)
        return self._taken(await self.take([item], caller, visibility, force=force))

    async def _take_picture(self, file: Upload, caller: Caller, visibility: Visibility, *, force: bool) -> Ingestion:
        """Record a picture under its name, with its caption, or title or name where none is written.

        The same picture is described once.
        """
        if not (self.captioner.writes or self._keeps_pictures):
            raise UnsupportedDocument(NO_PICTURES)
        small = await self.extractor.picture(file.content)
        picture = Picture(content_hash(file.content), small, described=self.captioner.writes)
        if picture.described:
            words = await self._caption(file.content, picture.hash, caller, force=force)
        else:
            words = file.title or file.source
        name = file.source if language_of(file.source) == IMAGE else f"{file.source}.png"
        item = Item.model_construct(source=name, content=words, title=file.title, metadata=file.metadata)
        return self._taken(await self.take([item], caller, visibility, force=force, picture=picture))

    async def _caption(self, content: bytes, picture: bytes, caller: Caller, *, force: bool) -> str:
        seen = (await self.rag.sources(caller)).ids
        async with self.rag.database.reading() as connection:
            known = None if force else await repository.caption(connection, picture, seen)
        return known or await self.captioner.describe(content)

    def _taken(self, ingestion: Ingestion) -> Ingestion:
        for failure in ingestion.failures:
            raise NotAllowed(f"{failure.reason}.") if failure.reason == OTHERS else DocumentRefused(failure.reason)
        return ingestion

    async def follow(self, ingestion: Ingestion, wait_ms: int) -> AsyncIterator[IngestReport]:
        """Yield how far it is, now and on each change, until all is indexed or paused, or `wait_ms` have passed."""
        deadline = asyncio.get_running_loop().time() + wait_ms / 1000
        before: IngestReport | None = None
        while True:
            changed = self.rag.changed
            report, paused = await self._report(ingestion)
            left = deadline - asyncio.get_running_loop().time()
            ends = not report.pending or paused or left <= 0
            if ends:
                await self.rag.refresh()  # whoever asks this process next finds what was sent; it also sets `changed`
            if report != before:
                yield report
            if ends:
                return
            before = report
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await changed.wait()

    async def finish(self, ingestion: Ingestion, wait_ms: int) -> IngestReport:
        """Return the last report of `follow`."""
        return [report async for report in self.follow(ingestion, wait_ms)][-1]

    async def listed(
        self, caller: Caller, wanted: str | None, limit: int, offset: int
    ) -> tuple[int, list[dict[str, Any]]]:
        """Return how many documents a source, or all that the caller may see, have, and a part of them in order.

        Raises:
            UnknownSource: There is none of that name, or it is private to somebody else.
        """
        seen = (await self.rag.sources(caller, wanted)).ids
        async with self.rag.database.reading() as connection:
            return await repository.listed(connection, seen, limit, offset)

    async def one(self, file_id: int, caller: Caller) -> dict[str, Any]:
        """Return a document with its text.

        Raises:
            UnknownDocument: There is none of that id, or it is private to somebody else.
        """
        seen = (await self.rag.sources(caller)).ids
        async with self.rag.database.reading() as connection:
            found = await repository.one(connection, file_id, seen)
        if found is None:
            raise UnknownDocument(f"There is no document {file_id}.")
        return found

    async def delete(self, file_id: int, caller: Caller) -> dict[str, Any]:
        """Delete a document that was sent in, and return what it was.

        Raises:
            UnknownDocument: There is none of that id, or it is private to somebody else.
            FileOfDirectory: It was not sent in.
            NotAllowed: Neither is it the caller's, nor is the caller an administrator.
        """
        seen = (await self.rag.sources(caller)).ids
        async with self.rag.database.transaction() as session:
            await repository.lock(session)
            found = await repository.one(await session.connection(), file_id, seen)
            if found is None:
                raise UnknownDocument(f"There is no document {file_id}.")
            if not found["sent_in"]:
                raise FileOfDirectory(
                    f"This is a file of the directory of source {found['source']!r}: delete it there, or exclude it."
                )
            if not may_change(found["owner_id"], caller):
                raise NotAllowed("Only the account that sent this document, and administrators, may delete it.")
            await repository.delete(session, file_id)
            generation = await manifest.next_generation(session, found["source_id"])
            await tell_changed(session, found["source_id"], generation)
        await self.rag.refresh()
        return found

    def _prepare(self, items: Sequence[Item], ingestion: Ingestion) -> list[Incoming]:
        ready: dict[str, Incoming] = {}
        for item in items:
            try:
                made = prepare(item.source, item.content, item.title, item.metadata, self.max_bytes)
            except ValueError as error:
                ingestion.refuse(item.source, str(error))
                continue
            if made.path in ready:
                ingestion.refuse(item.source, f"the request has another document named {made.path}")
            else:
                ready[made.path] = made
        return list(ready.values())

    async def _report(self, ingestion: Ingestion) -> tuple[IngestReport, bool]:
        async with self.rag.database.transaction() as session:  # a replica may not know them yet
            states = await repository.states(session, ingestion.taken)
            generation, paused = await repository.standing(session, ingestion.source_id)
        return ingestion.report(states, generation), paused


@asynccontextmanager
async def open_documents(context: Context) -> AsyncIterator[Documents]:
    """Take documents into the index."""
    settings = context.settings.of(RagSettings)
    max_bytes = round(settings.continuous_indexing_max_file_size_mb * 1_000_000)
    captioner = Captioner(lambda: context.get("ollama", Ollama), settings.caption_model)
    rag = context.get("rag", Rag)
    keep = context.get("gatekeeper", AccountKeeper).before_deletion(partial(delete_private, rag))
    documents = Documents(rag, max_bytes, captioner, keeps_pictures=bool(settings.clip_model))
    try:
        yield documents
    finally:
        keep()
        await documents.extractor.aclose()
