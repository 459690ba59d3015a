"""The newcomer's tour of the README, line by line, with the real curl."""

import asyncio
import os
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.services.ecs.conftest import World

pytestmark = pytest.mark.anyio

README = Path(__file__).resolve().parents[3] / "README.md"
TIMED_OUT = 28
"""What curl ends with when --max-time is over, as it should be while it watches."""


def lines() -> list[str]:
    (section,) = re.findall(r"## A living world\n.*?```sh\n(.*?)```", README.read_text(), re.DOTALL)
    return [line for line in section.splitlines() if line.startswith("curl")]


async def run(line: str, directory: Path, token: str, url: str) -> str:
    command = line.replace("curl", "curl --silent --show-error --fail-with-body", 1).replace("localhost:8000", url)
    child = await asyncio.create_subprocess_shell(
        command, cwd=directory, env=os.environ | {"TOKEN": token}, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()
    assert child.returncode == (TIMED_OUT if "--max-time" in line else 0), (line, output)
    return output.decode()


async def test_every_line_works(world: World, tmp_path: Path) -> None:
    url = str(world.house.client.base_url).removeprefix("http://").rstrip("/")
    token = world.ann["Authorization"].removeprefix("Bearer ")
    told = {line: await run(line, tmp_path, token, url) for line in lines()}
    assert len(told) > 15
    for name in ("lineage.svg", "world.svg"):
        assert ET.parse(tmp_path / name).getroot().tag.endswith("svg")  # noqa: S314 - our own picture
    answers = {line.split("/api/ecs/")[1].split(" ")[0].strip("'"): answer for line, answer in told.items()}
    assert '"generation":2' in answers["agents/offspring"]
    assert "otters" in answers["agents/willow/memories?query=otters"]
    assert "event: born" in answers["events?after=0"]
    assert '"speed":20.0' in answers["status"]
    assert '"identical":true' in answers["world/replay-check"]
