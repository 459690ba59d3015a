"""Where keys come from, and changing them."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.registry import ServiceFailed
from app.core.settings import load_settings
from app.services.gatekeeper.secret_key import is_weak, kept_keys, signing_keys
from app.services.gatekeeper.settings import GatekeeperSettings


def test_a_key_is_made_once_by_many_at_the_same_time_and_readable_to_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "secret_key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: kept_keys(file).signing, range(16)))
    assert len(keys) == 1
    assert not is_weak(keys.pop())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("content", ["", "short", "\n"])
def test_a_damaged_key_file_signs_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret_key"
    file.write_text(content)
    with pytest.raises(ServiceFailed, match="is damaged: delete it"):
        kept_keys(file)


def test_a_key_that_cannot_be_kept_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file where the directory should be")
    with pytest.raises(ServiceFailed, match=r"cannot be used .*: let this user write there"):
        kept_keys(tmp_path / "occupied" / "secret_key")


WEAK = (None, "short", "change-me-please-change-me-please-change", "my-Super-SECRET-key-of-32-letters!", "a" * 64)


@pytest.mark.parametrize("key", WEAK)
def test_production_demands_a_real_key(key: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("REYNARD_DATA_DIR", str(tmp_path))
    if key:
        monkeypatch.setenv("SECRET_KEY", key)
    with pytest.raises(ServiceFailed, match="SECRET_KEY must be"):
        signing_keys(load_settings([GatekeeperSettings]))
