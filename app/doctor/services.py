"""The services as `--check` sees them, and the address: free, or held by a server of ours."""

import asyncio

from app.check import Finding, examine
from app.core.adapter.client import BadAnswer, NeighbourError, ask, http_client
from app.core.settings import Settings
from app.directory import SERVICES
from app.doctor.diagnosis import Diagnosis, Verdict, problem, warning, well
from app.server import AddressTakenError, bind

VERDICTS = {"good": Verdict.ok, "off": Verdict.ok, "bad": Verdict.problem}
"""What is off by the settings, or has nobody at its default address, is missed by nobody."""

GREETING_SECONDS = 3.0
UNHEALTHY = 503


async def examine_services(settings: Settings) -> list[Diagnosis]:
    """Return what `--check` finds, in the form of the doctor."""
    found = await examine(settings, SERVICES)
    return [diagnosis(item) for item in found]


def diagnosis(found: Finding) -> Diagnosis:
    """Return a finding in the form of the doctor."""
    sentence = f"not used: {found.sentence}" if found.result == "off" else found.sentence
    return Diagnosis(found.service, VERDICTS[found.result], sentence)


async def examine_address(settings: Settings) -> list[Diagnosis]:
    """Say whether HOST:PORT is free, or who has it."""
    try:
        (await asyncio.to_thread(bind, settings)).close()
    except AddressTakenError as error:
        return [await whose(settings, str(error))]
    return [well("address", f"{settings.host}:{settings.port} is free: nothing runs there now")]


async def whose(settings: Settings, taken: str) -> Diagnosis:
    """Say who holds the address: a server of ours, and how it is, or another program."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - comparing
    try:
        async with http_client(f"http://{host}:{settings.port}", seconds=GREETING_SECONDS) as client:
            answer = await ask(client, "GET", "/api/health", seconds=GREETING_SECONDS)
    except BadAnswer as error:
        if error.status == UNHEALTHY:
            return problem("address", f"what runs at {settings.host}:{settings.port} is not healthy: see /api/health")
        return problem("address", taken)
    except NeighbourError:
        return problem("address", taken)
    if not isinstance(answer, dict) or not isinstance(services := answer.get("services"), dict):
        return problem("address", taken)
    return running(f"{settings.host}:{settings.port}", answer, services)


def running(where: str, health: dict[str, object], services: dict[str, dict[str, object]]) -> Diagnosis:
    """Say how a server of ours is."""
    ill = [f"{name} is {item['status']} ({item['reason']})" for name, item in services.items() if is_ill(item)]
    if ill:
        return warning("address", f"Reynard runs at {where}, and {'; '.join(ill)}")
    return well("address", f"Reynard {health.get('version')} runs at {where} and is {health.get('status')}")


def is_ill(service: dict[str, object]) -> bool:
    """Whether a service of a running server is not as it should be."""
    return service.get("status") not in ("running", "disabled")
