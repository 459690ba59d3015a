"""Single examinations, against a disk, a kernel and a clock that are not as they should be."""

import stat
import time
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from app.core.settings import Settings, load_settings
from app.directory import SETTINGS
from app.doctor import machine, places, watching
from app.doctor.diagnosis import Verdict


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(SETTINGS, reynard_data_dir=tmp_path)


def test_too_few_watches_name_the_command_that_gives_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = tmp_path / "limits"
    limits.mkdir()
    (limits / "max_user_watches").write_text("10\n")
    (limits / "max_user_instances").write_text("0\n")
    monkeypatch.setattr(watching, "LIMITS", limits)
    root = tmp_path / "root"
    for number in range(12):
        (root / "src" / f"d{number}").mkdir(parents=True)
    few, none = watching.watches(root), watching.instances()
    assert (few.verdict, none.verdict) == (Verdict.warning, Verdict.warning)
    assert "14 directories" in few.sentence
    assert "sysctl fs.inotify.max_user_watches=524288" in few.sentence
    assert "sysctl fs.inotify.max_user_instances=512" in none.sentence
    (limits / "max_user_watches").write_text("100\n")
    assert watching.watches(root).verdict is Verdict.ok


def test_what_is_left_out_at_the_top_takes_no_watch(tmp_path: Path) -> None:
    for name in ("src/deep", "node_modules/a/b/c", "src/node_modules"):
        (tmp_path / name).mkdir(parents=True)
    assert watching.count_directories(tmp_path) == len(("", "src", "src/deep", "src/node_modules"))


def test_an_instance_more_is_counted() -> None:
    watchfiles = pytest.importorskip("watchfiles._rust_notify")
    process = Path("/proc/self")
    before = watching.instances_of(process)
    held = watchfiles.RustNotify([str(Path(__file__).parent)], False, False, 300, False, False)
    try:
        assert watching.instances_of(process) == before + 1
        assert watching.count_instances() >= before + 1
    finally:
        held.close()


def test_a_secret_that_others_can_read_is_named(settings: Settings) -> None:
    kept = settings.data_dir / "secrets"
    kept.mkdir(mode=0o755)
    key = kept / "secret_key"
    key.write_text("x")
    key.chmod(0o644)
    (found,) = places.secrets(settings)
    assert (found.verdict, str(key) in found.sentence) == (Verdict.warning, True)
    key.chmod(stat.S_IRUSR)
    (found,) = places.secrets(settings)
    assert found.verdict is Verdict.ok


def test_a_disk_that_is_nearly_full_is_a_warning(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert next(places.room(settings)).verdict in (Verdict.ok, Verdict.warning)
    monkeypatch.setattr(places, "ROOMY_BYTES", 2**60)
    found = next(places.room(settings))
    assert (found.verdict, str(settings.data_dir) in found.sentence) == (Verdict.warning, True)


def test_a_clock_before_the_program_was_installed_is_a_problem() -> None:
    assert machine.clock(1_000_000_000).verdict is Verdict.problem
    assert machine.clock(time.time()).verdict is Verdict.ok


def test_a_wheel_that_is_missing_or_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(machine.pinned()) > 50
    monkeypatch.setattr(machine, "pinned", lambda: [Requirement("orjson==0.0.1")])
    (found,) = machine.wheels()
    assert (found.verdict, "orjson" in found.sentence) == (Verdict.warning, True)
    monkeypatch.setattr(machine, "pinned", lambda: [Requirement("no-such-wheel==1")])
    (found,) = machine.wheels()
    assert found.verdict is Verdict.problem
    assert "no-such-wheel not installed" in found.sentence
    monkeypatch.setattr(machine, "NATIVE", ("no_such_module",))
    (found,) = machine.wheels()
    assert "no_such_module cannot be imported" in found.sentence
