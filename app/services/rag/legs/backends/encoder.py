"""The process in which sentence-transformers lives: a line of JSON with texts or pictures in, one with vectors out.

It ends with its standard input, so also when whoever started it was killed.
"""

import base64
import os
import signal
import sys
from io import BytesIO
from typing import Any

import orjson

from app.core.children import NICENESS


class UnloadableError(Exception):
    """The model cannot be loaded; says why in a sentence."""


def load(name: str) -> Any:  # noqa: ANN401 - an optional library without types
    """Return the model.

    Raises:
        UnloadableError: It cannot be loaded; says why in a sentence.
    """
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - seconds of imports, and optional
    except ImportError as error:
        raise UnloadableError(
            "sentence-transformers is not installed: start with `make run EXTRAS=sentence-transformers`"
        ) from error
    try:
        return SentenceTransformer(name, device="cpu")
    except Exception as error:  # the edge to a library that raises anything while it looks for a model
        raise UnloadableError(
            f"the model {name} cannot be loaded ({type(error).__name__}): name a directory that holds it, or one that "
            "can be downloaded"
        ) from error


def items_of(question: dict[str, list[str]]) -> list[Any]:
    """Return what is to be embedded: texts, or pictures, which were made small and plain before they were kept."""
    if "texts" in question:
        return list(question["texts"])
    from PIL import Image  # noqa: PLC0415 - only where there are pictures

    return [Image.open(BytesIO(base64.b64decode(picture)), formats=["JPEG"]) for picture in question["pictures"]]


def main() -> None:
    """Answer lines until there are no more."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # they are for whoever started us, who closes our standard input
    os.nice(NICENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not come between the answers
    model = None
    for line in sys.stdin.buffer:
        try:
            model = model or load(sys.argv[1])
            items = items_of(orjson.loads(line))
            vectors = model.encode(items, convert_to_numpy=True, show_progress_bar=False)
            data = base64.b64encode(vectors.astype("float32").tobytes()).decode()
            answer: dict[str, object] = {"shape": list(vectors.shape), "data": data}
        except UnloadableError as error:
            answer = {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - the edge to a library and to models of all kinds: it is told, and we go on
            answer = {"error": f"the model {sys.argv[1]} failed ({type(error).__name__}): it may not be one for this"}
        answers.write(orjson.dumps(answer) + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
