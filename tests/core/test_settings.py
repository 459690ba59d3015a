"""Settings: every value is used or refused, in one sentence that names the variable, its place, and never a secret."""

import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.settings import Environment, Settings, SettingsError, Slice, load_settings
from app.core.variables import ENCODING, read_variables
from app.db.settings import DatabaseSettings
from app.directory import SETTINGS
from app.services.email.settings import EmailSettings
from app.services.gatekeeper.settings import GatekeeperSettings
from app.services.ollama.settings import OllamaSettings
from app.services.rag.settings import RagSettings
from app.services.search.settings import SearchSettings


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty directory, with an environment that says nothing of us."""
    monkeypatch.chdir(tmp_path)
    kinds: tuple[type[Slice], ...] = (Settings, *SETTINGS)
    known = {name for kind in kinds for name in kind.variables()}
    for name in os.environ:
        if name.upper() in known:
            monkeypatch.delenv(name)
    return tmp_path


def refused(*, unknown: bool = True) -> str:
    with pytest.raises(SettingsError) as raised:
        load_settings(SETTINGS, refuse_unknown=unknown)
    return str(raised.value)


def write(text: str | bytes) -> None:
    Path(".env").write_bytes(text if isinstance(text, bytes) else text.encode())


def test_nothing_set_is_development_on_embedded_servers() -> None:
    found = load_settings(SETTINGS, refuse_unknown=True)
    assert (found.environment, found.host, found.port) == (Environment.development, "127.0.0.1", 8000)
    assert found.of(DatabaseSettings).database_url is None
    assert found.anonymous_read


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write("PORT=1111\nLOG_LEVEL=DEBUG\n")
    monkeypatch.setenv("PORT", "2222")
    found = load_settings(SETTINGS, refuse_unknown=True)
    assert (found.port, found.log_level) == (2222, "DEBUG")


def test_an_empty_value_is_as_if_it_was_not_there() -> None:
    write("PORT=\nSECRET_KEY=\nDATABASE_URL=\n")
    found = load_settings(SETTINGS, refuse_unknown=True)
    assert found.port == 8000
    assert found.of(GatekeeperSettings).secret_key is None


def test_lists_are_separated_by_commas() -> None:
    write("ALLOWED_ORIGINS=https://a.example, https://b.example ,\n")
    assert load_settings(SETTINGS).allowed_origins == ["https://a.example", "https://b.example"]


def test_a_file_saved_with_a_byte_order_mark_is_read() -> None:
    write(b"\xef\xbb\xbfPORT=9000\n")
    assert load_settings(SETTINGS, refuse_unknown=True).port == 9000


def test_every_wrong_value_is_named_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    write("# a comment\n\nPORT=eighty\n")
    monkeypatch.setenv("RAG_CONTINUOUS_INDEXING_BATCH_SIZE", "0")
    said = refused()
    assert "PORT: Input should be a valid integer" in said
    assert "(not 'eighty'), set by .env line 3." in said
    assert "RAG_CONTINUOUS_INDEXING_BATCH_SIZE: Input should be greater than or equal to 1" in said
    assert "set by the environment." in said


@pytest.mark.parametrize(
    ("name", "meant"),
    [("RAG_ENABLD", "RAG_ENABLED"), ("RAG_CONTINUOUS_INDEXING_WATCHROOT", "RAG_CONTINUOUS_INDEXING_WATCH_ROOT")],
)
def test_a_misspelt_variable_of_ours_is_refused_with_what_was_meant(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.setenv(name, "1")
    assert refused() == f"{name} (the environment) is no setting of Reynard; did you mean {meant}?"


def test_every_name_in_the_file_is_ours() -> None:
    write("PORT=1\nPROT=2\nQUITE_ANOTHER=3\n")
    first, second = refused().splitlines()
    assert first == "PROT (.env line 2) is no setting of Reynard; did you mean PORT?"
    assert second == "QUITE_ANOTHER (.env line 3) is no setting of Reynard; env.example lists them."


def test_the_environment_may_hold_what_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROT", "2")
    monkeypatch.setenv("REYNARD_TOKEN", "of a client")
    load_settings(SETTINGS, refuse_unknown=True)


def test_a_part_of_the_settings_does_not_mind_the_others() -> None:
    write("RAG_ENABLED=true\nNONSENSE=1\n")
    assert load_settings([RagSettings]).of(RagSettings).enabled


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PORT=8000\nthis is no setting\n", ".env line 2 is no setting"),
        ('PORT=8000\n\nLOG_LEVEL="INFO\nDEBUG=true\n', ".env line 3 is no setting"),
        ("PORT\n", ".env line 1: PORT has no value"),
        ("1PORT=8000\n", ".env line 1 is no setting"),
        (b"PORT=80\xff\xfe00\n", ".env is not UTF-8 text"),
    ],
)
def test_a_broken_file_is_refused_with_the_line(text: str | bytes, said: str) -> None:
    write(text)
    assert said in refused()


def test_a_file_that_is_a_directory_is_refused() -> None:
    Path(".env").mkdir()
    assert refused() == ".env cannot be read (Is a directory): make it a file this user may read."


SECRET = "do-not-print-me"


@pytest.mark.parametrize(
    "text",
    [
        f"EMAIL_ENCRYPTION_KEY={SECRET}",
        f'"EMAIL_ENCRYPTION_KEY={SECRET}',
        f"OLLAMA_BASE_URL=ftp://user:{SECRET}@host",
        f"COMFY_BASE_URL=http://user:{SECRET}@host:1",
    ],
)
def test_no_refusal_prints_a_secret(text: str) -> None:
    write(text + "\n")
    assert SECRET not in refused()


@pytest.mark.parametrize("url", ["localhost:11434", "http://", "http://host:99999", "http://host/?a=b", "file:///etc"])
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    write(f"OLLAMA_BASE_URL={url}\n")
    assert "OLLAMA_BASE_URL: should be a URL" in refused()


def test_an_address_loses_the_slash_at_its_end() -> None:
    write("OLLAMA_BASE_URL=https://host:1234/ollama/\n")
    assert load_settings(SETTINGS).of(OllamaSettings).base_url == "https://host:1234/ollama"


def test_mail_keys_may_be_several_for_rotation() -> None:
    keys = ",".join(Fernet.generate_key().decode() for _ in range(2))
    write(f"EMAIL_ENCRYPTION_KEY={keys}\n")
    kept = load_settings(SETTINGS).of(EmailSettings).encryption_key
    assert kept is not None
    assert kept.get_secret_value() == keys


def test_the_time_to_live_of_a_kind_wins_over_that_of_all() -> None:
    assert [load_settings(SETTINGS).of(SearchSettings).ttl(kind) for kind in ("semantic", "hybrid")] == [3600, 1800]
    write("CACHE_TTL=60\nCACHE_TTL_HYBRID=5\n")
    assert [load_settings(SETTINGS).of(SearchSettings).ttl(kind) for kind in ("semantic", "hybrid")] == [60, 5]


def test_the_gatekeeper_lifetimes_win_over_the_plain_ones() -> None:
    write("ACCESS_TOKEN_EXPIRE_MINUTES=10\nREFRESH_TOKEN_EXPIRE_DAYS=3\nGATEKEEPER_REFRESH_TOKEN_EXPIRE_DAYS=2\n")
    found = load_settings(SETTINGS).of(GatekeeperSettings)
    assert (found.access_seconds, found.refresh_seconds) == (600, 2 * 86_400)


@given(text=st.binary(max_size=200))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_file_holds_ends_in_settings_or_in_sentences(text: bytes) -> None:
    """A `.env` is read, or refused with a sentence that ends as one; nothing else is ever raised."""
    Path(".env").write_bytes(text)
    said = "."
    try:
        load_settings(SETTINGS, refuse_unknown=True)
    except SettingsError as error:
        said = str(error)
    assert all(line.endswith((".", "?")) for line in said.splitlines())


@given(st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True), st.integers(0, 10**6), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_line_of_each_variable_is_known(values: dict[str, int]) -> None:
    lines = [f"{name}={value}\n" for name, value in values.items()]
    Path(".env").write_text("\n# between\n".join(lines), encoding=ENCODING)
    found = read_variables()
    assert found.problems == ()
    assert found.lines == {name: 1 + 3 * place for place, name in enumerate(values)}
