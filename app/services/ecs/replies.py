"""Answers of agents in the words of a model of Ollama, where one runs; where none does, nobody's words are invented.

A model takes seconds, so it speaks outside of the world: an answer comes into it as an input like any other, and a
replay asks no model. Only messages that came over HTTP are answered, so that two agents do not talk for ever.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import structlog

from app.core.access import Caller
from app.core.adapter import NeighbourError
from app.core.errors import ApiError
from app.services.ecs.catalogue import SCALE, catalogue
from app.services.ecs.commands.social import LONGEST_MESSAGE, Chat
from app.services.ecs.society import relationship
from app.services.ecs.state.world import World
from app.services.ecs.views.society import memories
from app.services.ollama.service import Message, Ollama

log = structlog.get_logger(__name__)

MOST_WAITING = 16
"""Messages that wait for an answer in one process; more get none: a model writes one in a second or more."""

MOST_TOKENS = 120
"""About 80 words."""

SECONDS = 120.0
"""For one answer, with a model that loads."""

TELLING_TRAITS = 4
RECALLED = 5

Answered = Callable[[], Awaitable[World]]
Send = Callable[[Chat, Caller], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Question:
    """A message that may be answered, and who sent it."""

    message: Chat
    caller: Caller


class Replies:
    """Writes answers one after another."""

    def __init__(self, ollama: Callable[[], Ollama], model: str | None, answered: Answered, send: Send) -> None:
        """Take what is needed.

        Args:
            ollama: Returns Ollama, or raises LookupError while none runs.
            model: Its name; None: the one that was pulled last.
            answered: Returns the world as it is.
            send: Changes it.
        """
        self._ollama, self._model, self._answered, self._send = ollama, model, answered, send
        self._waiting: asyncio.Queue[Question] = asyncio.Queue(MOST_WAITING)

    def offer(self, message: Chat, caller: Caller) -> bool:
        """Return whether a message will be answered, if the model does its part."""
        try:
            self._ollama()
            self._waiting.put_nowait(Question(message, caller))
        except (LookupError, asyncio.QueueFull):
            return False
        return True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer for the span of the block."""
        task = asyncio.create_task(self._run(), name="ecs replies")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            question = await self._waiting.get()
            try:
                async with asyncio.timeout(SECONDS):
                    await self._answer(question)
            except (NeighbourError, LookupError, ApiError, TimeoutError) as error:
                log.info("no_reply", error=type(error).__name__)
            except Exception:  # the edge: one answer that failed must not keep the next from being written
                log.exception("reply_failed")

    async def _answer(self, question: Question) -> None:
        ollama, message = self._ollama(), question.message
        models = [self._model] if self._model else await ollama.chat_models()
        if not models:
            return
        prompt = prompt_of(await self._answered(), message)
        said = ""
        async with aclosing(ollama.chat(models[0], prompt, {"num_predict": MOST_TOKENS})) as pieces:
            async for piece in pieces:
                said += piece
                if len(said) >= LONGEST_MESSAGE:
                    break
        if words := spoken(said):
            reply = Chat(agent_id=message.receiver_id, receiver_id=message.agent_id, message=words)
            await self._send(reply, question.caller)


def prompt_of(world: World, message: Chat) -> list[Message]:
    """Return who the model is to be, what it remembers, and what it was told."""
    row, other = world.row_of[message.receiver_id], world.row_of[message.agent_id]
    people = world.people
    spirit = catalogue().spirits[int(people["spirit"][row])]
    values = world.genes["traits"][row].tolist()
    telling = sorted(zip(values, catalogue().traits, strict=True), key=lambda pair: -pair[0])[:TELLING_TRAITS]
    known = ", ".join(f"{trait.name} {value / SCALE:.1f}" for value, trait in telling)
    bond = relationship(world, row, other)
    recalled = [item["memory"] for item in memories(world, message.receiver_id, message.message, RECALLED)["memories"]]
    system = (
        f"You are {people.texts['name'][row]}, a {spirit.name} ({spirit.description}) in a small world of animals. "
        f"What you are most: {known}. {people.texts['name'][other]}, who speaks to you, is a {bond} to you. "
        f"You remember: {'; '.join(recalled) or 'nothing yet'}. Answer in one or two short sentences, as yourself."
    )
    return [{"role": "system", "content": system}, {"role": "user", "content": message.message}]


def spoken(said: str) -> str:
    """Return what a model said as a message may hold it; empty if nothing of it may."""
    words = "".join(letter for letter in said if letter.isprintable() or letter in "\n\t")
    return words.strip()[:LONGEST_MESSAGE].strip()
