"""Entry point: `main:app` for an ASGI server, `python main.py` for a person."""

from app.core.settings import SettingsError, load_settings
from app.directory import SETTINGS
from app.factory import create_app
from app.server import fail, run

try:
    settings = load_settings(SETTINGS)
except SettingsError as error:
    fail(str(error))

if __name__ == "__main__":
    run(settings)
else:
    app = create_app(settings)
