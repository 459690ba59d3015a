"""Entry point: `main:app` for an ASGI server, `python main.py` for a person."""

from app.core.settings import SettingsError, load_settings
from app.directory import SETTINGS
from app.factory import create_app
from app.server import arguments, check, fail, run

if __name__ == "__main__":
    asked = arguments()

try:
    settings = load_settings(SETTINGS, refuse_unknown=True)
except SettingsError as error:
    fail(str(error))

if __name__ != "__main__":
    app = create_app(settings)
elif asked.check:
    check(settings)
else:
    run(settings)
