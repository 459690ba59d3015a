"""Examples stay short when a definition of five lines counts as one that stands alone."""

import pytest

from app.services.rag.chunking import packing


@pytest.fixture(autouse=True)
def short_examples(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "coverage" not in request.node.nodeid:
        monkeypatch.setattr(packing, "SMALL_LINES", 5)
