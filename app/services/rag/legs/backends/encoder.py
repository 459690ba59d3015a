"""The process in which sentence-transformers lives: a line of JSON with texts in, a line with vectors out.

It ends with its standard input, so also when whoever started it was killed.
"""

import base64
import os
import signal
import sys
from typing import Any

import orjson

from app.services.rag.indexing.children import NICENESS


def load(name: str) -> Any:  # noqa: ANN401 - an optional library without types
    """Return the model.

    Raises:
        RuntimeError: It cannot be loaded; says why in a sentence.
    """
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - seconds of imports, and optional
    except ImportError as error:
        raise RuntimeError(
            "sentence-transformers is not installed: start with `make run EXTRAS=sentence-transformers`"
        ) from error
    try:
        return SentenceTransformer(name, device="cpu")
    except Exception as error:  # the edge to a library that raises anything while it looks for a model
        raise RuntimeError(
            f"the model {name} cannot be loaded ({type(error).__name__}): name a directory that holds it, or one that "
            "can be downloaded"
        ) from error


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
            vectors = model.encode(orjson.loads(line)["texts"], convert_to_numpy=True, show_progress_bar=False)
            data = base64.b64encode(vectors.astype("float32").tobytes()).decode()
            answer: dict[str, object] = {"shape": list(vectors.shape), "data": data}
        except RuntimeError as error:
            answer = {"error": str(error)}
        answers.write(orjson.dumps(answer) + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
