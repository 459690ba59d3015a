"""Every route, asked by every kind of caller, keeps what it declares; and no change of a declaration goes unnoticed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection

from app.core.access import ACCESS, Caller, Role, public
from tests.authorisation.conftest import OpenProof
from tests.authorisation.proofs import ROUTES, Access, Proof, declared, name

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("authorisation")]


@pytest.mark.parametrize("route", ROUTES, ids=name)
async def test_a_route_keeps_what_it_declares(route: APIRoute, open_to_all: Proof, closed: Proof) -> None:
    for proof in (open_to_all, closed):
        assert [broken async for broken in proof.broken_promises(route, await proof.callers_of(route))] == []


async def unguarded(connection: HTTPConnection) -> Caller:
    """Let anybody through as an administrator: what a route does whose access was forgotten."""
    return Caller(connection.app.state.somebody, "admin", Role.admin)


CHANGES: dict[Access, list[Access]] = {
    before: [after for after in (unguarded, *ACCESS) if after is not before] for before in ACCESS
}
CHANGES[public].remove(unguarded)
"""What each declaration is replaced by: nothing, and every other one."""


@contextmanager
def declared_as(proof: Proof, before: Access, after: Access) -> Iterator[None]:
    """Replace a declaration in the running application."""
    overrides = proof.house.app.dependency_overrides
    overrides[before] = after
    try:
        yield
    finally:
        overrides.clear()


async def notices(proof: Proof, route: APIRoute, change: Access) -> bool:
    """Whether the test above fails for this route once its declaration is replaced."""
    callers = await proof.callers_of(route)
    with declared_as(proof, declared(route), change):
        return await anext(proof.broken_promises(route, callers), None) is not None


async def test_no_change_of_a_declaration_survives(open_proof: OpenProof) -> None:
    survivors: list[str] = []
    mutants = 0
    async with open_proof(True) as open_to_all, open_proof(False) as closed:
        for proof in (open_to_all, closed):
            me = await proof.house.client.get("/api/auth/me", headers=await proof.headers("admin"))
            proof.house.app.state.somebody = me.json()["id"]
        for route in ROUTES:
            for change in CHANGES[declared(route)]:
                mutants += 1
                if not (await notices(open_to_all, route, change) or await notices(closed, route, change)):
                    survivors.append(f"{name(route)}: {declared(route)} -> {change}")
    assert mutants >= 3 * len(ROUTES)
    assert survivors == [], f"of {mutants} mutants"
