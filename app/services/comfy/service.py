"""ComfyUI as a service."""

from app.core.adapter import Adapter, BadAnswer, Neighbour, ask, checker, opener
from app.core.settings import Settings
from app.services.comfy.settings import ComfySettings

MAX_GREETING_BYTES = 64 * 1024
MAX_VERSION = 40
"""Characters of a version that are shown."""


class Comfy(Adapter):
    """The adapter of ComfyUI."""

    async def greet(self, seconds: float) -> str:
        """Return the version of ComfyUI."""
        match await ask(self.client, "GET", "/system_stats", seconds=seconds, max_bytes=MAX_GREETING_BYTES):
            case {"system": {"comfyui_version": str(version)}}:
                return version[:MAX_VERSION]
            case {"system": {"os": str()}}:
                return "of an unknown version"
        raise BadAnswer("what answers there is not ComfyUI", 200)


def neighbour(settings: Settings) -> Neighbour:
    """Return where ComfyUI is."""
    mine = settings.of(ComfySettings)
    return Neighbour("ComfyUI", "COMFY_BASE_URL", mine.base_url, configured="base_url" in mine.model_fields_set)


open_comfy = opener(Comfy, neighbour)
check_comfy = checker(Comfy, neighbour)
