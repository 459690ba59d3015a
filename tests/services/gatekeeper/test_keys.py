"""Where keys come from, and changing them."""

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.registry import ServiceFailed
from app.core.settings import SettingsError, load_settings
from app.services.gatekeeper.kept_keys import KeyFileDamaged, rotate_file
from app.services.gatekeeper.keys import Keys
from app.services.gatekeeper.secret_key import is_weak, kept_keys, signing_keys
from app.services.gatekeeper.settings import GatekeeperSettings

GOOD = "kq7dN2vXwR0zJtY5mBpLhF3sGcAeUi8o"
OLD = "Z4xP9fTgVbH1nKqMwLrCyDj6EuSoI0a2"
OLDER = "b8JsQeWtY5uRmNzXcVk3LpHgFdAo7i1Z"


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


def test_production_refuses_an_old_key_that_anybody_can_guess(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("REYNARD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SECRET_KEY", GOOD)
    monkeypatch.setenv("SECRET_KEYS_PREVIOUS", f"{OLD},changeme")
    with pytest.raises(ServiceFailed, match="SECRET_KEYS_PREVIOUS holds a key that is no secret"):
        signing_keys(load_settings([GatekeeperSettings]))


@pytest.mark.parametrize("written", [f"{OLD}, {OLDER}", f'["{OLD}", "{OLDER}"]'])
def test_previous_keys_are_written_with_commas_or_as_json(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD)
    monkeypatch.setenv("SECRET_KEYS_PREVIOUS", written)
    keys = signing_keys(load_settings([GatekeeperSettings]))
    assert keys == Keys(GOOD, (OLD, OLDER))
    assert GOOD not in repr(keys)
    assert OLD not in repr(keys)


def test_a_list_of_keys_that_does_not_read_is_told_without_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEYS_PREVIOUS", f'["{OLD}"')
    with pytest.raises(SettingsError, match="as a JSON list") as told:
        load_settings([GatekeeperSettings])
    assert OLD not in str(told.value)


def test_a_kept_key_is_replaced_and_the_old_ones_are_accepted_for_the_life_of_a_token(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    first = kept_keys(file).signing
    rotate_file(file, lifetime=1000)
    second = kept_keys(file)
    assert second.signing != first
    assert second.previous == (first,)
    rotate_file(file, lifetime=1000)
    assert kept_keys(file).previous == (second.signing, first)
    *others, last = file.read_text().splitlines()
    file.write_text("\n".join([*others, f"{last.split()[0]} {int(time.time()) - 1001}"]))
    rotate_file(file, lifetime=1000)
    assert first not in kept_keys(file).by_name.values()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("content", [f"{OLD} 1", f"{GOOD}\n{OLD}", f"{GOOD}\n{OLD} soon", f"{GOOD}\nshort 1"])
def test_a_file_whose_lines_are_no_keys_is_damaged(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret_key"
    file.write_text(content)
    with pytest.raises(ServiceFailed, match="is damaged"):
        kept_keys(file)
    with pytest.raises(KeyFileDamaged):
        rotate_file(file, lifetime=1000)
