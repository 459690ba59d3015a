"""Print the URL of every database and of Redis, with their passwords: for a person at this machine.

Usage: python scripts/urls.py
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.settings import SettingsError, load_settings
from app.db.embedded import EmbeddedServerError, attach
from app.db.provision import address_for_script
from app.db.settings import DatabaseName, DatabaseSettings


async def main() -> None:
    """Print one line for each."""
    settings = load_settings([DatabaseSettings])
    async with AsyncExitStack() as stack:
        for name in DatabaseName:
            address = await stack.enter_async_context(address_for_script(settings, name))
            print(f"{name:8} {address.url}")
        redis = settings.redis_url or (await stack.enter_async_context(attach(settings.data_dir))).redis_url
        print(f"{'redis':8} {redis}")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except (SettingsError, EmbeddedServerError) as error:
        sys.exit(str(error))
