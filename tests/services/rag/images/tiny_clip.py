"""Makes a tiny CLIP with random weights in a directory; or prints what transformers itself makes of words and pictures.

`python tiny_clip.py make DIRECTORY SEED DIMENSION`, `python tiny_clip.py ask DIRECTORY`, with JSON on standard input:
`{"texts": [...], "pictures": [base64 of JPEG, ...]}`. A program of its own, as torch does not belong into the tests.
"""

import base64
import json
import string
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

SIZE = 32
START, END = "<|startoftext|>", "<|endoftext|>"


def make(directory: Path, seed: int, dimension: int) -> None:
    """Write the model, with letters for a vocabulary."""
    import torch  # noqa: PLC0415 - 10 s of imports, and optional
    from transformers import (  # noqa: PLC0415 - same
        CLIPConfig,
        CLIPImageProcessorPil,
        CLIPModel,
        CLIPProcessor,
        CLIPTokenizer,
    )

    letters = string.digits + string.ascii_letters + string.punctuation
    pieces = [*letters, *(f"{letter}</w>" for letter in letters), START, END]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)
    small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    ids = {"bos_token_id": vocabulary[START], "eos_token_id": vocabulary[END], "pad_token_id": vocabulary[END]}
    torch.manual_seed(seed)
    config = CLIPConfig(
        text_config={**small, **ids, "vocab_size": len(vocabulary), "max_position_embeddings": 77},
        vision_config={**small, "image_size": SIZE, "patch_size": 8},
        projection_dim=dimension,
    )
    CLIPModel(config).save_pretrained(directory)
    pictures = CLIPImageProcessorPil(size={"shortest_edge": SIZE}, crop_size={"height": SIZE, "width": SIZE})
    CLIPProcessor(image_processor=pictures, tokenizer=tokenizer).save_pretrained(directory)


def ask(directory: Path, question: dict[str, list[str]]) -> dict[str, Any]:
    """Return the vectors of texts and pictures, computed by transformers alone."""
    import torch  # noqa: PLC0415 - 10 s of imports, and optional
    from transformers import CLIPModel, CLIPProcessor  # noqa: PLC0415 - same

    model, processor = CLIPModel.from_pretrained(directory), CLIPProcessor.from_pretrained(directory)
    images = [Image.open(BytesIO(base64.b64decode(item))) for item in question["pictures"]]
    prepared = processor(text=question["texts"], images=images, return_tensors="pt", padding=True, truncation=True)
    with torch.no_grad():
        found = model(**prepared)
    return {"texts": found.text_embeds.tolist(), "pictures": found.image_embeds.tolist()}


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        json.dump(ask(Path(sys.argv[2]), json.load(sys.stdin)), sys.stdout)
