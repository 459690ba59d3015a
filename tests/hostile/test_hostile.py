"""Every hostile input gets the right answer from the real server, and learns nothing from it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.db.embedded import EmbeddedServers
from tests.conftest import PASSWORD, FreshDatabase, House, Serve, open_house
from tests.hostile.attack import Scene, carry_out, wrong
from tests.hostile.corpus import FAMILIES, SETTINGS

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.xdist_group("hostile"),
    # A form that ends in the middle of a file leaves that file in memory to the collector: starlette closes it only
    # when the form is refused for what it holds.
    pytest.mark.filterwarnings("ignore:.*SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning"),
]

KEY = "a key for tests that is long enough to be one"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
async def attacked(fresh_database: FreshDatabase, servers: EmbeddedServers, serve: Serve) -> AsyncIterator[House]:
    with pytest.MonkeyPatch.context() as environment:
        for name, value in SETTINGS.items():
            environment.setenv(name, value)
        environment.setenv("ECS_ENABLED", "true")
        async with open_house(fresh_database, servers, serve, environment) as house:
            for username in ("root", "mallory"):
                await house.account(username)
            yield house


async def scene(house: House) -> Scene:
    """Log in: what is attacked ends sessions too."""
    pairs = []
    for username in ("root", "mallory"):
        body = {"username": username, "password": PASSWORD}
        pairs.append((await house.client.post("/api/auth/login", json=body)).raise_for_status().json())
    admin, mallory = pairs
    return Scene(mallory["access_token"], admin["access_token"], mallory["refresh_token"], KEY)


@pytest.mark.parametrize("family", FAMILIES)
async def test_it_is_refused_with_the_right_code(attacked: House, family: str) -> None:
    port = attacked.client.base_url.port
    assert port is not None
    found = []
    for attack in FAMILIES[family](await scene(attacked)):
        got = await carry_out(port, attack)
        found.append(wrong(attack, got, (KEY, str(ROOT))))
    assert "\n".join(item for item in found if item) == ""
    assert (await attacked.client.get("/api/health")).status_code == 200


def test_there_are_enough() -> None:
    known = Scene("a.b.c", "a.b.c", "a.b.c", KEY)
    total = sum(1 for family in FAMILIES if family != "tokens" for _ in FAMILIES[family](known))
    assert total >= 300
