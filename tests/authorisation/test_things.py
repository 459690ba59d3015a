"""Every route that names a thing of somebody, called by somebody else; and the list that it is in."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute

from tests.authorisation.conftest import OpenProof
from tests.authorisation.forgetting import Forgetful
from tests.authorisation.proofs import NOBODY_HAS_THIS, Proof, name, target
from tests.authorisation.things import NAMING, OF_ALL, OWNED, Owned, collection

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("authorisation")]

KEYS = ("id", "prompt_id", "name")
"""The first of these that an item of a list has is what paths name it by."""

WITH_OWNER = [(route, kind) for route in NAMING for kind in OWNED.get(collection(route), ())]


@pytest.mark.parametrize("route", NAMING, ids=name)
def test_it_is_known_whose_things_a_route_names(route: APIRoute) -> None:
    assert (collection(route) in OWNED) != (collection(route) in OF_ALL), (
        f"say in tests/authorisation/things.py whose things {route.path} names"
    )


async def trespasses(proof: Proof, route: APIRoute, kind: Owned) -> AsyncIterator[str]:
    """Yield what somebody else may do with a thing, and what became of it."""
    mine, others = await proof.headers("user"), await proof.headers("other")
    thing = await kind.make(proof, mine)
    nothing = str(uuid4()) if "-" in thing else NOBODY_HAS_THIS
    for path in kind.shown:
        if thing in (await proof.house.client.get(path, headers=others)).text:
            yield f"{path} shows it"
    if kind.reading == 404 and kind.listed:
        path = collection(route).removesuffix("/")
        listed = await proof.house.client.get(path, params={"limit": 200}, headers=others)
        shown = [next(str(item[key]) for key in KEYS if key in item) for item in listed.json()]
        if thing in shown or int(listed.headers["x-total-count"]) != len(shown):
            yield f"{path} lists or counts it"
    for method in sorted(route.methods or ()):
        expected = kind.reading if method == "GET" else kind.writing
        got = await proof.answer(method, target(route, thing), others)
        if got.status_code != expected:
            yield f"{method} {route.path}: {got.status_code}, not {expected}"
        unknown = await proof.answer(method, target(route, nothing), others)
        if unknown.status_code != 404:
            yield f"{method} {route.path} of nothing: {unknown.status_code}, not 404"
        if expected == 404 and told(unknown.json(), nothing) != told(got.json(), thing):
            yield f"{method} {route.path} tells that there is such a thing"
        again = await proof.answer(method, target(route, thing), mine)
        if again.status_code >= 400:
            yield f"{method} {route.path} by its owner afterwards: {again.status_code}"


def told(problem: dict[str, Any], thing: str) -> str:
    """Return what an error says, without what differs for each request."""
    said = str({key: value for key, value in problem.items() if key != "request_id"})
    return re.sub(rf"\b{thing}\b", "{id}", said)  # 4 is no part of 404


@pytest.mark.parametrize(("route", "kind"), WITH_OWNER)
async def test_others_cannot_reach_it(route: APIRoute, kind: Owned, closed: Proof) -> None:
    assert [trespass async for trespass in trespasses(closed, route, kind)] == []


async def test_no_query_may_forget_whose_a_thing_is(open_proof: OpenProof) -> None:
    async with open_proof(False) as proof:
        forgetful = Forgetful([proof.house.service("main_database"), proof.house.service("auth_database")])
        asking: dict[str, list[tuple[APIRoute, Owned]]] = {}
        for route, kind in WITH_OWNER:
            forgetful.seen.clear()
            assert [trespass async for trespass in trespasses(proof, route, kind)] == []
            for statement in forgetful.seen:
                asking.setdefault(statement, []).append((route, kind))
        survivors = []
        for statement, routes in sorted(asking.items()):
            with forgetful.forgetting(statement):
                if not await anybody_trespasses(proof, routes):
                    survivors.append(statement)
    assert asking
    assert survivors == [], f"of {len(asking)} statements"


async def anybody_trespasses(proof: Proof, routes: list[tuple[APIRoute, Owned]]) -> bool:
    """Whether somebody may do with a thing by one of these routes what they may not."""
    for route, kind in routes:
        if await anext(trespasses(proof, route, kind), None):
            return True
    return False
