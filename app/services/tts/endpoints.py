"""Speech over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.core.access import NotAuthenticated, User, reader
from app.core.errors import responses
from app.core.lifespan import running, state_of
from app.core.limits import Rate, limits
from app.services.tts.answering import UNBUFFERED, Flow, spoken
from app.services.tts.batch import archive, looked_at
from app.services.tts.encoding import CODECS
from app.services.tts.errors import EngineUnavailable, NothingToSay, SpeechBusy, SpeechFailed, UnknownVoice
from app.services.tts.reporting import status_of, voices_of
from app.services.tts.schemas import BatchRequest, EngineName, SpeechRequest, SpeechStatus, VoiceOut
from app.services.tts.service import Speech
from app.services.tts.settings import Language

router = APIRouter(prefix="/api/tts", tags=["tts"], responses=responses(NotAuthenticated))

SpeechDep = Annotated[Speech, Depends(running("tts", Speech))]
BINARY = {"schema": {"type": "string", "format": "binary"}}
AUDIO: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The audio",
        "content": dict.fromkeys(sorted({codec.media_type for codec in CODECS.values()}), BINARY),
    }
}
ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The audio files, and `results.json`", "content": {"application/zip": BINARY}}
}
REFUSED = responses(NothingToSay, UnknownVoice, EngineUnavailable, SpeechBusy, SpeechFailed)


@router.post("/synthesize", summary="Speak a text", response_class=Response, responses=AUDIO | REFUSED)
@limits(Rate.expensive)
async def synthesize(request: Request, _: User, speech: SpeechDep, sent: SpeechRequest) -> Response:
    """Return audio, which comes as it is made: the first sentence is sent while the second is spoken.

    What was spoken before comes from disk, with Content-Length and ETag. If an engine fails in the middle, the
    connection ends without the end of the body.
    """
    asked = await speech.look_at(sent.text, sent.wish(), sent.speed, sent.format)
    return await spoken(request, await speech.speak(asked), sent.format)


@router.post("/batch", summary="Speak several texts", response_class=Response, responses=ARCHIVE | REFUSED)
@limits(Rate.expensive)
async def batch(_: User, speech: SpeechDep, sent: BatchRequest) -> Response:
    """Return a ZIP archive, sent as it is made: `001.wav` and so on in the order of the items, and `results.json`.

    Every item is looked at before the first is spoken. One whose engine fails is named in `results.json` with its
    error, and the others go on.
    """
    asked = await looked_at(speech, sent.items)
    speech.admit()

    async def leave() -> None:
        speech.release()

    return Flow(archive(speech, asked), leave, "application/zip", UNBUFFERED)


@router.get("/voices", dependencies=[Depends(reader)], summary="List voices")
async def voices(
    response: Response,
    speech: SpeechDep,
    language: Annotated[Language | None, Query(description="BCP 47; `en` finds all its regions")] = None,
    engine: Annotated[EngineName | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> list[VoiceOut]:
    """List the voices, the better engine first; X-Total-Count has how many there are."""
    found = voices_of(speech, language, engine)
    response.headers["X-Total-Count"] = str(len(found))
    return found[offset : offset + limit]


@router.get("/status", dependencies=[Depends(reader)], summary="Whether there are engines to speak")
async def status(request: Request) -> SpeechStatus:
    """Tell which engines are there, how they are, and what to do if there is none."""
    return await status_of(state_of(request)["registry"])
