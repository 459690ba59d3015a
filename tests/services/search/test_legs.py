"""Search with an extra leg, over real HTTP: used when complete, named, and never missed in silence."""

from dataclasses import replace

import pytest

from app.services.rag.legs import Legs
from app.services.rag.legs.backends import Embedder
from app.services.rag.legs.filler import Filler
from tests.services.rag.legs.conftest import LEG, Switchable
from tests.services.search.conftest import Desk

pytestmark = pytest.mark.anyio

NAME = LEG.name


async def with_leg(desk: Desk, backend: Switchable, *, allow_fallback: bool = True) -> Filler:
    """Give the running application a leg on that backend."""
    database = desk.workshop.database
    desk.rag.legs = Legs(database, [Embedder(replace(LEG), backend)], allow_fallback=allow_fallback)
    await desk.rag.refresh()
    return Filler(database, Embedder(LEG, backend))


async def fill(desk: Desk, filler: Filler) -> None:
    while await filler.step():
        pass
    await desk.rag.refresh()
    for leg in desk.rag.legs.known.values():
        await desk.rag.legs._ask(leg)


async def test_a_leg_joins_when_it_is_complete_and_is_explained(desk: Desk) -> None:
    filler = await with_leg(desk, Switchable())
    before = await desk.ask(query="median", explain=True, limit=1)
    assert set(before["results"][0]["explain"]["legs"]) == {"dense", "lexical"}
    await fill(desk, filler)
    for kind, legs in (("hybrid", {"dense", NAME, "lexical"}), ("semantic", {"dense", NAME})):
        after = await desk.ask(kind, query="median", explain=True, limit=1)
        assert not after["cached"]
        assert set(after["results"][0]["explain"]["legs"]) == legs
        assert after["results"][0]["path"] == "app/median.py"
        assert (await desk.ask(kind, query="median", explain=True, limit=1))["cached"]


async def test_rag_search_says_which_models_answered(desk: Desk) -> None:
    await fill(desk, await with_leg(desk, Switchable()))
    answer = (await desk.client.get("/api/rag/search?q=median&top_k=1")).json()
    assert answer["model"] == f"reynard-static-2+{NAME}"
    assert set(answer["hits"][0]["metadata"]["similarity"]) == {"dense", NAME}
    docs = (await desk.client.get("/api/rag/search?q=median&modality=docs")).json()
    assert {hit["path"] for hit in docs["hits"]} == {"docs/guide.md"}


async def test_an_answer_without_a_leg_that_failed_is_not_kept(desk: Desk) -> None:
    backend = Switchable()
    await fill(desk, await with_leg(desk, backend))
    backend.away = True
    first = await desk.ask(query="nginx", explain=True, limit=1)
    assert set(first["results"][0]["explain"]["legs"]) == {"dense", "lexical"}
    backend.away = False
    for leg in desk.rag.legs.known.values():
        await desk.rag.legs._ask(leg)
    second = await desk.ask(query="nginx", explain=True, limit=1)
    assert not second["cached"]
    assert NAME in second["results"][0]["explain"]["legs"]


async def test_without_fallback_a_silent_leg_is_503(desk: Desk) -> None:
    backend = Switchable()
    await fill(desk, await with_leg(desk, backend, allow_fallback=False))
    backend.away = True
    for path in ("/api/search/hybrid?q=nginx", "/api/search/semantic?q=nginx", "/api/rag/search?q=nginx"):
        answer = await desk.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "embedding_unavailable")
        assert "EMBEDDING_ALLOW_FALLBACK" in answer.json()["detail"]
        assert answer.headers["Retry-After"] == "5"


async def test_progress_and_statistics_tell_of_the_leg(desk: Desk) -> None:
    filler = await with_leg(desk, Switchable())
    (leg,) = (await desk.client.get("/api/rag/indexing")).json()["legs"]
    assert (leg["name"], leg["status"]) == (NAME, "not begun")
    await fill(desk, filler)
    (leg,) = (await desk.client.get("/api/rag/indexing")).json()["legs"]
    assert leg["status"] == "complete"
    assert leg["embedded"] == leg["chunks"] > 0
    stats = (await desk.client.get("/api/rag/stats")).json()
    assert stats["embeddings"][NAME] == stats["chunks"]
    assert stats["coverage"] == {"reynard-static-2": 1.0, NAME: 1.0}
