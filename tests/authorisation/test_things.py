"""Every route that names a thing of somebody, called by somebody else."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import event

from app.db.database import Database
from tests.authorisation.conftest import OpenProof
from tests.authorisation.proofs import NOBODY_HAS_THIS, Proof, name, target
from tests.authorisation.things import NAMING, OF_ALL, OWNED, collection

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("authorisation")]

WITH_OWNER = [route for route in NAMING if collection(route) in OWNED]


@pytest.mark.parametrize("route", NAMING, ids=name)
def test_it_is_known_whose_things_a_route_names(route: APIRoute) -> None:
    assert (collection(route) in OWNED) != (collection(route) in OF_ALL), (
        f"say in tests/authorisation/things.py whose things {route.path} names"
    )


async def trespasses(proof: Proof, route: APIRoute) -> AsyncIterator[str]:
    """Yield what somebody else may do with a thing, and what became of it."""
    kind = OWNED[collection(route)]
    mine, others = await proof.headers("user"), await proof.headers("other")
    thing = await kind.make(proof, mine)
    for method in sorted(route.methods or ()):
        expected = kind.reading if method == "GET" else kind.writing
        got = await proof.answer(method, target(route, thing), others)
        if got.status_code != expected:
            yield f"{method} {route.path}: {got.status_code}, not {expected}"
        nothing = await proof.answer(method, target(route), others)
        if nothing.status_code != 404:
            yield f"{method} {route.path} of nothing: {nothing.status_code}, not 404"
        if expected == 404 and told(nothing.json(), NOBODY_HAS_THIS) != told(got.json(), thing):
            yield f"{method} {route.path} tells that there is such a thing"
        again = await proof.answer(method, target(route, thing), mine)
        if again.status_code >= 400:
            yield f"{method} {route.path} by its owner afterwards: {again.status_code}"


def told(problem: dict[str, Any], thing: str) -> str:
    """Return what an error says, without what differs for each request."""
    return str({key: value for key, value in problem.items() if key != "request_id"}).replace(thing, "{id}")


@pytest.mark.parametrize("route", WITH_OWNER, ids=name)
async def test_others_cannot_reach_it(route: APIRoute, closed: Proof) -> None:
    assert [trespass async for trespass in trespasses(closed, route)] == []
