"""Answering a question from the index."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import httpx2
import orjson

from app.core.access import Caller
from app.core.adapter import BadAnswer, NeighbourAway, NeighbourError
from app.core.registry import Context
from app.services.answers.citations import cited
from app.services.answers.errors import AnswerFailed
from app.services.answers.prompt import fitting, messages
from app.services.answers.schemas import AnswerOut, AnswerRequest, Passage
from app.services.answers.settings import AnswerSettings
from app.services.ollama.errors import UnknownModel
from app.services.ollama.service import Ollama
from app.services.search.schemas import SearchRequest
from app.services.search.service import Search

MAX_ANSWER_TOKENS = 1024
"""About 700 words."""

MAX_ANSWER_CHARACTERS = 20_000
"""Where an answer is cut although its model goes on."""

CHARACTERS_PER_TOKEN = 3
"""Of code at least: Llama's tokens of Python have 3.4, of prose 4.5."""

PROMPT_TOKENS = 1024
"""What instructions, question and the heads of passages take beside the passages."""

WHOLE = 200
"""Lines of a passage at most; a chunk has fewer, but for long tables."""

ANSWERING = 4
"""Answers that a process has written at once; more wait. Ollama writes as many side by side by default."""

SECONDS = 900.0
"""For one answer, with a model that loads for minutes."""


@dataclass(frozen=True, slots=True)
class Found:
    """The passages for a question, and how current the index was."""

    passages: list[Passage]
    generation: int
    pending: int


class Answers:
    """Answers from what `search` finds, in the words of a model of Ollama.

    `ollama` returns it, or raises LookupError with a sentence about why it does not run.
    """

    def __init__(self, search: Search, ollama: Callable[[], Ollama], settings: AnswerSettings) -> None:
        self._search = search
        self._ollama = ollama
        self._settings = settings
        self._places = asyncio.Semaphore(ANSWERING)

    async def find(self, request: AnswerRequest, caller: Caller) -> Found:
        """Return the passages for a question, of what the caller may see and as many as a prompt may hold.

        Raises:
            UnknownSource: The named source does not exist, or is private to somebody else.
            EmbeddingUnavailable: A leg does not answer, and EMBEDDING_ALLOW_FALLBACK is false.
        """
        asked = SearchRequest(
            query=request.question,
            limit=request.top_k,
            source=request.source,
            paths=request.paths,
            context_lines=WHOLE,
        )
        found = orjson.loads(await self._search.answer("hybrid", asked, caller))
        passages = [
            Passage(number=number, text=result["snippet"], **{name: result[name] for name in SHARED})
            for number, result in enumerate(found["results"], 1)
        ]
        fit = fitting(passages, self._most_characters())
        return Found(fit, found["generation"], found["pending"])

    def _most_characters(self) -> int:
        """Return how much the model may be given: a small one takes a minute for what others read in a second."""
        try:
            most = self._ollama().most_prompt
        except LookupError:
            most = None
        return min(self._settings.prompt_characters, most or self._settings.prompt_characters)

    async def answer(self, request: AnswerRequest, found: Found) -> AsyncGenerator[str | AnswerOut, None]:
        """Yield the words as they come, and last the whole answer. Close the iterator to stop the model.

        Raises:
            UnknownModel: Ollama does not have the model that was asked for.
            AnswerFailed: The model did not come to an end.
        """
        if not found.passages:
            yield whole(found, message="Nothing in the index fits; GET /api/rag/indexing says what is in it.")
            return
        try:
            ollama = self._ollama()
        except LookupError as error:
            yield whole(found, message=f"{NO_MODEL}{error}")
            return
        text, model = "", request.model or self._settings.model
        try:
            model = model or next(iter(await ollama.chat_models()), None)
            if model is None:
                yield whole(found, message=f"{NO_MODEL}Ollama has none that answers: ollama pull llama3.2")
                return
            async with self._places, aclosing(self._words(ollama, model, request, found)) as words:
                async for piece in words:
                    text += piece
                    yield piece
        except NeighbourError as error:
            if isinstance(error, NeighbourAway) and not text:
                yield whole(found, message=f"{NO_MODEL}{error}; OLLAMA_BASE_URL says where Ollama is")
                return
            raise in_words(error, model) from error
        yield whole(found, text=text, model=model)

    async def whole(self, request: AnswerRequest, found: Found) -> AnswerOut:
        """Return the whole answer at once; cancel it to stop the model. Raises what `answer` raises."""
        async with aclosing(self.answer(request, found)) as parts:
            return [part async for part in parts if isinstance(part, AnswerOut)][-1]

    async def _words(
        self, ollama: Ollama, model: str, request: AnswerRequest, found: Found
    ) -> AsyncGenerator[str, None]:
        """Yield what the model says, within bounds.

        The time is looked at piece by piece: each may be asked for by another task, which a timeout around all of
        them would not survive.
        """
        deadline = asyncio.get_running_loop().time() + SECONDS
        length = 0
        async with aclosing(ollama.chat(model, messages(request.question, found.passages), self._options())) as pieces:
            while length < MAX_ANSWER_CHARACTERS:
                try:
                    async with asyncio.timeout_at(deadline):
                        piece = await anext(pieces, None)
                except TimeoutError as error:
                    raise BadAnswer(f"it takes longer than {SECONDS:g} s", httpx2.codes.OK) from error
                if piece is None:
                    return
                length += len(piece)
                yield piece

    def _options(self) -> dict[str, float]:
        room = self._settings.prompt_characters // CHARACTERS_PER_TOKEN + PROMPT_TOKENS + MAX_ANSWER_TOKENS
        return {"num_ctx": room, "num_predict": MAX_ANSWER_TOKENS, "temperature": 0.1}


SHARED = ("source", "path", "start_line", "end_line", "symbol", "language")
NO_MODEL = "These are the passages alone, as no model answers in words: "


def whole(found: Found, *, text: str = "", model: str | None = None, message: str | None = None) -> AnswerOut:
    """Return the answer with its citations."""
    return AnswerOut(
        answer=text,
        citations=cited(text, found.passages),
        passages=found.passages,
        model=model,
        message=message,
        generation=found.generation,
        pending=found.pending,
    )


def in_words(error: NeighbourError, model: str | None) -> UnknownModel | AnswerFailed:
    """Return what to tell whoever asked."""
    if isinstance(error, BadAnswer) and error.status == httpx2.codes.NOT_FOUND:
        return UnknownModel(f"Ollama has no model {model!r}: ollama pull {model}, or ask another.")
    return AnswerFailed(f"The answer did not come to its end: {error}.")


@asynccontextmanager
async def open_answers(context: Context) -> AsyncIterator[Answers]:
    """Answer on top of search; Ollama may come and go."""

    def ollama() -> Ollama:
        return context.get("ollama", Ollama)

    yield Answers(context.get("search", Search), ollama, context.settings.of(AnswerSettings))
