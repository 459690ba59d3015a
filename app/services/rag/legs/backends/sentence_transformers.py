"""sentence-transformers in a process of its own: torch never lives in the process that answers."""

import asyncio
import base64
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import orjson

from app.core.children import ENVIRONMENT
from app.services.rag.legs.backends.backend import BackendError

ENCODER = "app.services.rag.legs.backends.encoder"
MAX_LINE = 64 * 1024 * 1024
"""Bytes of one answer: a batch of 2,048 vectors of 4,000 numbers in base64 is 44 MB."""


class SentenceTransformers:
    """A child that loads the model when it is first asked, and again if it died."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._child: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()

    async def embed(self, texts: Sequence[str]) -> object:
        """Return the vectors."""
        return await self._vectors({"texts": list(texts)})

    async def see(self, pictures: Sequence[bytes]) -> object:
        """Return the vectors of pictures, which a CLIP model has in the space of its texts."""
        return await self._vectors({"pictures": [base64.b64encode(picture).decode() for picture in pictures]})

    async def _vectors(self, question: dict[str, object]) -> object:
        async with self._one_at_a_time:
            try:
                answer = await self._ask(question)
            except BaseException:  # also when cancelled; it is passed on
                await self._end()  # what it would still say belongs to a question that nobody waits for
                raise
        match answer:
            case {"shape": [int(rows), int(columns)], "data": str(data)}:
                return np.frombuffer(base64.b64decode(data), np.float32).reshape(rows, columns)
            case {"error": str(sentence)}:
                raise BackendError(sentence)
        raise BackendError("the process of sentence-transformers gave an answer nobody understands")

    async def _ask(self, question: dict[str, object]) -> object:
        child = self._child or await self._start()
        assert child.stdin is not None  # noqa: S101 - asked for in _start
        assert child.stdout is not None  # noqa: S101 - same
        try:
            child.stdin.write(orjson.dumps(question) + b"\n")
            await child.stdin.drain()
            line = await child.stdout.readline()
        except (ConnectionError, ValueError) as error:
            raise BackendError("the process of sentence-transformers ended; it is started again") from error
        if not line:
            raise BackendError("the process of sentence-transformers ended; it is started again")
        return orjson.loads(line)

    async def _start(self) -> asyncio.subprocess.Process:
        threads = {name: str(os.cpu_count() or 1) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        self._child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", ENCODER, self._model),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | ENVIRONMENT | threads | {"TOKENIZERS_PARALLELISM": "false"},
            limit=MAX_LINE,
        )
        return self._child

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        with suppress(ProcessLookupError):
            child.kill()
        await asyncio.shield(child.wait())

    async def close(self) -> None:
        """End the child."""
        await self._end()
