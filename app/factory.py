"""The only place where everything meets: settings, services, middleware and routes become one application."""

import asyncio
import gc
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from types import FrameType

import structlog
from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from app.core import problems
from app.core.lifespan import LifespanState
from app.core.limits.counts import RedisCounts
from app.core.limits.rates import RateLimits
from app.core.limits.settings import RateSettings
from app.core.logging import configure_logging
from app.core.metrics import share_metrics
from app.core.registry import BootError, Registry, ServiceDefinition
from app.core.settings import VERSION, Settings
from app.core.streaming import Streams
from app.db.faults import as_api_error
from app.directory import SERVICES
from app.middleware.bodies import BodyLimits
from app.middleware.hosts import TrustedHosts, with_own_address
from app.middleware.measuring import Measuring
from app.middleware.proxies import TrustedProxies
from app.middleware.rate_headers import RateHeaders
from app.middleware.request_id import RequestId
from app.middleware.security_headers import SecurityHeaders
from app.middleware.settings import WallSettings
from app.openapi import Api
from app.services.answers.endpoints import router as answers
from app.services.comfy.endpoints import router as comfy
from app.services.comfy.file_endpoints import router as comfy_files
from app.services.ecs.endpoints import router as agents
from app.services.ecs.naming_endpoints import router as naming
from app.services.ecs.pair_endpoints import router as pairs
from app.services.ecs.society_endpoints import router as society
from app.services.ecs.space_endpoints import router as space
from app.services.ecs.time_endpoints import router as world_time
from app.services.ecs.world_endpoints import router as world
from app.services.email.endpoints import router as mail_accounts
from app.services.email.message_endpoints import router as mail_messages
from app.services.email.sending_endpoints import router as mail_sending
from app.services.gatekeeper.admin_endpoints import router as accounts
from app.services.gatekeeper.endpoints import router as gatekeeper
from app.services.gatekeeper.token_endpoints import router as tokens
from app.services.images.endpoints import router as images
from app.services.ollama.catalogue_endpoints import router as language_models
from app.services.ollama.endpoints import router as ollama
from app.services.rag.control_endpoints import router as rag_control
from app.services.rag.documents.endpoints import router as documents
from app.services.rag.endpoints import router as rag
from app.services.search.endpoints import router as search
from app.services.search.place_endpoints import router as places
from app.services.tts.endpoints import router as tts
from app.system import docs
from app.system.endpoints import router as system
from app.system.metrics import router as metrics

log = structlog.get_logger(__name__)

ROUTERS: tuple[APIRouter, ...] = (
    system,
    metrics,
    docs.router,
    gatekeeper,
    tokens,
    accounts,
    rag,
    rag_control,
    documents,
    answers,
    search,
    places,
    ollama,
    language_models,
    comfy,
    space,
    agents,
    pairs,
    society,
    world_time,
    naming,
    world,
    comfy_files,
    tts,
    mail_accounts,
    mail_messages,
    mail_sending,
    images,
)

EXPOSED_HEADERS = [
    "X-Request-ID",
    "X-Total-Count",
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
]

Companion = Callable[[LifespanState], Coroutine[None, None, None]]


def create_app(
    settings: Settings,
    services: Sequence[ServiceDefinition] = SERVICES,
    alongside: Companion | None = None,
) -> FastAPI:
    """Return the application; nothing starts before its lifespan does.

    Args:
        settings: The validated settings.
        services: The services to open.
        alongside: Runs while the application does, for example to show progress to a person.
    """
    configure_logging(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[LifespanState]:
        registry, streams = Registry(settings, services), Streams()
        try:
            await registry.start()
        except BootError as error:
            log.critical("boot_failed", reason=str(error))
            raise
        end_streams_first(streams)
        gc.freeze()  # what was made until now stays; looking through it again takes 100 ms each time
        rates = RateLimits(settings.of(RateSettings).allowances(settings), RedisCounts(registry))
        state: LifespanState = {"settings": settings, "registry": registry, "streams": streams, "rates": rates}
        companion = asyncio.create_task(alongside(state)) if alongside else None
        try:
            with share_metrics(settings.data_dir / "metrics"):
                yield state
        finally:
            if companion:
                companion.cancel()
                await asyncio.gather(companion, return_exceptions=True)
            await rates.aclose()
            await registry.stop()

    app = Api(
        title="Reynard API",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url=docs.OPENAPI_URL,
        docs_url=None,
        redoc_url=None,
        middleware=walls(settings),
    )
    problems.install(app)
    app.mount(docs.ASSETS_URL, docs.assets())
    for router in ROUTERS:
        app.include_router(router)
    return app


def walls(settings: Settings) -> list[Middleware]:
    """Return what every request passes, from the outside in.

    What names and dresses an answer is outside of what refuses, so that a browser may read every refusal.
    """
    chosen = settings.of(WallSettings)
    return [
        Middleware(TrustedProxies, networks=chosen.proxies),
        Middleware(RequestId),
        Middleware(Measuring),
        Middleware(SecurityHeaders),
        Middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID", "Last-Event-ID"],
            allow_credentials="*" not in settings.allowed_origins,
            expose_headers=EXPOSED_HEADERS,
        ),
        Middleware(RateHeaders),
        Middleware(TrustedHosts, patterns=with_own_address(chosen.trusted_hosts, settings.host)),
        Middleware(problems.UnexpectedErrors, translate=as_api_error),
        Middleware(BodyLimits, most=chosen.body_limits, grace=chosen.body_limit_seconds),
    ]


DESCRIPTION = """\
A self-hosted backend beside your code and your local AI tools.

**First steps**: `GET /api/search/hybrid?q=where is the token refreshed` needs no login in development.
Register at `/api/auth/register`, press *Authorize*, and everything else opens.

Errors are `application/problem+json` with a `code` for programs and a `detail` for people.
"""


def end_streams_first(streams: Streams) -> None:
    """Let SIGTERM and SIGINT end the open streams before the server's own handler runs.

    The server waits for open responses before it shuts the lifespan down, so an endless stream would hold it.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def handler(signum: int, frame: FrameType | None, before: object = before) -> None:
            loop.call_soon_threadsafe(streams.close)
            if callable(before):
                before(signum, frame)

        signal.signal(number, handler)
