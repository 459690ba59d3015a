"""Write docs/reference.md: every route and every error code, from the code.

Usage: python scripts/write_reference.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.core.settings import load_settings  # noqa: E402
from app.directory import SETTINGS  # noqa: E402
from app.factory import create_app  # noqa: E402
from app.reference import reference  # noqa: E402


def main() -> None:
    """Write the file and say where."""
    file = ROOT / "docs" / "reference.md"
    file.write_text(reference(create_app(load_settings(SETTINGS))))
    print(f"wrote {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
