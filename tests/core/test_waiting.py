"""Work that ends with whoever waits for it, over real HTTP."""

import asyncio

import pytest
from fastapi import FastAPI, Request
from starlette.middleware import Middleware

from app.core import problems
from app.core.errors import ApiError
from app.core.waiting import while_waited_for
from app.middleware.request_id import RequestId
from tests.conftest import Serve

pytestmark = pytest.mark.anyio


class Teapot(ApiError):
    """It is one."""

    status = 418
    code = "teapot"
    title = "Teapot"


class Kitchen:
    """A route that works until `ready`."""

    def __init__(self) -> None:
        self.begun, self.ready, self.stopped = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.fails = False
        self.app = FastAPI(middleware=[Middleware(RequestId)])
        problems.install(self.app)
        self.app.add_api_route("/cook", self.cook, methods=["POST"])

    async def cook(self, request: Request, dish: dict[str, str]) -> dict[str, str]:
        return await while_waited_for(request, self.work(dish))

    async def work(self, dish: dict[str, str]) -> dict[str, str]:
        self.begun.set()
        try:
            await self.ready.wait()
        except asyncio.CancelledError:
            self.stopped.set()
            raise
        if self.fails:
            raise Teapot("No coffee.")
        return dish


@pytest.mark.parametrize("fails", [False, True])
async def test_who_waits_gets_what_came_of_it(serve: Serve, fails: bool) -> None:
    kitchen = Kitchen()
    kitchen.fails = fails
    async with serve(kitchen.app) as client:
        cooking = asyncio.create_task(client.post("/cook", json={"dish": "soup"}))
        await kitchen.begun.wait()
        kitchen.ready.set()
        answer = await cooking
    assert (answer.status_code, answer.json().get("dish")) == ((418, None) if fails else (200, "soup"))
    assert not kitchen.stopped.is_set()


async def test_who_hangs_up_ends_the_work(serve: Serve) -> None:
    kitchen = Kitchen()
    async with serve(kitchen.app) as client:
        cooking = asyncio.create_task(client.post("/cook", json={"dish": "soup"}))
        await kitchen.begun.wait()
        cooking.cancel()
        async with asyncio.timeout(5):
            await kitchen.stopped.wait()
