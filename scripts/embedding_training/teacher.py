"""MiniLM, the transformer that the first table is distilled from."""

from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]  # a training machine has it, the project does not
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import BertModel  # type: ignore[import-not-found,unused-ignore]  # likewise

BATCH = 512


class Teacher:
    """all-MiniLM-L6-v2 from a folder with `model.safetensors` and `tokenizer.json`."""

    def __init__(self, folder: Path) -> None:
        self._model = BertModel.from_pretrained(folder).eval()
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        ids: dict[str, int] = self._tokenizer.get_vocab()
        self.vocabulary = dict(sorted(ids.items(), key=lambda item: item[1]))

    def embed_tokens(self, tokens: list[str]) -> NDArray[np.float32]:
        """Return the mean of the last hidden states of `[CLS] token [SEP]` for each token.

        A token that the teacher does not hold whole goes through it in pieces.
        """
        begin, end = self.vocabulary["[CLS]"], self.vocabulary["[SEP]"]
        inputs = [[begin, *self._pieces(token), end] for token in tokens]
        order = sorted(range(len(inputs)), key=lambda i: len(inputs[i]))
        vectors = np.zeros((len(tokens), self._model.config.hidden_size), dtype=np.float32)
        with torch.no_grad():
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                vectors[batch] = self._pooled([inputs[i] for i in batch])
        return vectors

    def _pieces(self, token: str) -> list[int]:
        whole = self.vocabulary.get(token)
        return [whole] if whole is not None else self._tokenizer.encode(token, add_special_tokens=False).ids

    def _pooled(self, inputs: list[list[int]]) -> NDArray[np.float32]:
        longest = max(map(len, inputs))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in inputs])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in inputs])
        states = self._model(input_ids=ids, attention_mask=mask).last_hidden_state * mask[..., None]
        pooled: NDArray[np.float32] = (states.sum(1) / mask.sum(1, keepdim=True)).numpy()
        return pooled
