"""Request ids, security headers and problem+json, over real HTTP."""

import pytest
from fastapi import FastAPI, Query
from starlette.middleware import Middleware

from app.core import problems
from app.core.errors import ApiError
from app.db.faults import as_api_error
from app.middleware.request_id import RequestId
from app.middleware.security_headers import SecurityHeaders
from tests.conftest import Serve

pytestmark = pytest.mark.anyio


class Teapot(ApiError):
    status = 418
    code = "teapot"
    title = "Teapot"


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI(
        middleware=[
            Middleware(RequestId),
            Middleware(SecurityHeaders),
            Middleware(problems.UnexpectedErrors, translate=as_api_error),
        ]
    )
    problems.install(app)

    @app.get("/number")
    def number(n: int = Query(ge=1)) -> int:
        return n

    @app.get("/teapot")
    def teapot() -> None:
        raise Teapot("This is a teapot: ask for coffee elsewhere.", headers={"Retry-After": "7"})

    @app.get("/crash")
    def crash() -> None:
        raise RuntimeError("secret detail")

    @app.get("/away")
    def away() -> None:
        raise ConnectionRefusedError("secret detail")

    return app


async def test_a_good_request_id_is_taken_over_and_a_bad_one_replaced(app: FastAPI, serve: Serve) -> None:
    async with serve(app) as client:
        good = await client.get("/number?n=1", headers={"X-Request-ID": "abc-1"})
        bad = await client.get("/number?n=1", headers={"X-Request-ID": "a b;c"})
        long = await client.get("/number?n=1", headers={"X-Request-ID": "x" * 65})
    assert good.headers["x-request-id"] == "abc-1"
    assert len(bad.headers["x-request-id"]) == len(long.headers["x-request-id"]) == 32
    assert good.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/number?n=0", 422, "invalid_input"),
        ("/teapot", 418, "teapot"),
        ("/nothing", 404, "not_found"),
        ("/crash", 500, "internal_error"),
        ("/away", 503, "database_unavailable"),
    ],
)
async def test_every_error_is_a_problem(app: FastAPI, serve: Serve, path: str, status: int, code: str) -> None:
    async with serve(app) as client:
        answer = await client.get(path, headers={"X-Request-ID": "r1"})
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, body["status"], body["code"], body["request_id"]) == (status, status, code, "r1")
    assert answer.headers["x-request-id"] == "r1"
    assert "secret" not in answer.text


async def test_details_name_the_field_the_method_and_the_way_out(app: FastAPI, serve: Serve) -> None:
    async with serve(app) as client:
        invalid = (await client.get("/number?n=0")).json()
        method = await client.post("/number")
        teapot = await client.get("/teapot")
    assert invalid["errors"] == [{"field": "n", "message": "Input should be greater than or equal to 1"}]
    assert method.status_code == 405
    assert method.headers["allow"] == "GET"
    assert teapot.headers["retry-after"] == "7"
