"""Several texts as one ZIP archive, which is sent while it is made.

An archive and no job: a caller has its files when the request ends, nothing is left on the server but what the cache
keeps anyway, and asked for again it comes from there. One text that fails harms no other: `results.json`, the last
member, says what became of each.
"""

import zipfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import orjson

from app.core.errors import ApiError
from app.services.tts.answering import chunks
from app.services.tts.errors import NothingToSay, UnknownVoice
from app.services.tts.recording import Recording
from app.services.tts.schemas import BatchResult, SpeechRequest
from app.services.tts.service import Speakable, Speech

RESULTS = "results.json"


class Pipe:
    """Where the archive is written to, and taken from piece by piece. It cannot seek, so lengths follow each member."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, content: bytes) -> int:
        """Take what zipfile writes."""
        self._written += content
        return len(content)

    def flush(self) -> None:
        """Do nothing: all was written."""

    def close(self) -> None:
        """Do nothing: there is nothing to let go."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken, self._written = bytes(self._written), bytearray()
        return taken


async def looked_at(speech: Speech, items: Sequence[SpeechRequest]) -> list[Speakable]:
    """Return the texts ready to be spoken.

    Raises:
        NothingToSay: One has no letter and no digit; the sentence begins with which.
        UnknownVoice: Nobody has the voice of one, or speaks its language; the same.
        EngineUnavailable: No engine can speak now.
    """
    found = []
    for index, item in enumerate(items):
        try:
            found.append(await speech.look_at(item.text, item.wish(), item.speed, item.format))
        except (NothingToSay, UnknownVoice) as error:
            raise type(error)(f"items.{index}.{error.detail}") from error
    return found


async def archive(speech: Speech, asked: Sequence[Speakable]) -> AsyncGenerator[bytes, None]:
    """Yield the archive: the texts in their order, one after the other, each whole."""
    pipe, results = Pipe(), []
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as file:  # audio is compressed already
        for index, one in enumerate(asked):
            name = f"{index + 1:03}.{one.form}"
            result = {"index": index, "voice": one.speaker.voice.id, "engine": one.speaker.engine.name}
            try:
                size = 0
                async with aclosing(whole(speech, one)) as body:
                    first = await anext(body)  # fails before the member begins
                    with file.open(zipfile.ZipInfo(name), "w") as member:
                        size += member.write(first)
                        async for chunk in body:
                            size += member.write(chunk)
                            yield pipe.take()
                results.append(BatchResult(**result, file=name, bytes=size))
            except ApiError as error:
                results.append(BatchResult(**result, file=None, bytes=None, code=error.code, detail=error.detail))
            yield pipe.take()
        listed = orjson.dumps([result.model_dump() for result in results], option=orjson.OPT_INDENT_2)
        file.writestr(RESULTS, listed)
    yield pipe.take()


async def whole(speech: Speech, asked: Speakable) -> AsyncGenerator[bytes, None]:
    """Yield one file once it is whole.

    Raises:
        ApiError: It failed, before anything is yielded.
    """
    found = await speech.speak(asked, admitted=True)
    if not isinstance(found, Recording):
        with found.file:
            async for chunk in chunks(found.file):
                yield chunk
        return
    try:
        await found.whole()
        async for chunk in found.read():
            yield chunk
    finally:
        await found.leave()
