"""Kept speech: found again, whole, bounded, and the least used goes first."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.tts.encoding import Format
from app.services.tts.engines.engine import Engine, Limits
from app.services.tts.engines.protocol import Voice
from app.services.tts.sentences import Piece
from app.services.tts.store import ABANDONED_SECONDS, Kept, Store, key_of
from app.services.tts.voices import Speaker


def keep(store: Store, key: str, content: bytes) -> None:
    part = store.find_or_begin(key, Format.wav)
    assert isinstance(part, Path)
    part.write_bytes(content)
    store.keep(part, key, Format.wav)


def kept(store: Store, key: str) -> bytes | None:
    found = store.find(key, Format.wav)
    if found is None:
        return None
    with found.file:
        content = found.file.read()
    assert len(content) == found.size
    return content


def test_what_is_kept_is_found_with_its_tag(tmp_path: Path) -> None:
    store = Store(tmp_path / "speech", 1000)
    keep(store, "a", b"hum")
    assert kept(store, "a") == b"hum"
    assert kept(store, "b") is None
    again, once_more = store.find_or_begin("a", Format.wav), store.find("a", Format.wav)
    assert isinstance(again, Kept)
    assert once_more is not None
    assert again.etag == once_more.etag  # also after it was used
    again.file.close()
    once_more.file.close()
    keep(Store(tmp_path / "other", 1000), "a", b"hum")
    assert store.sizes() == (1, 3)


def test_the_least_used_goes_first(tmp_path: Path) -> None:
    store = Store(tmp_path, 10)
    for key in "abc":
        keep(store, key, b"123")
    assert kept(store, "a") == b"123"
    keep(store, "d", b"123")
    assert [key for key in "abcd" if kept(store, key)] == ["a", "c", "d"]


def test_what_is_read_stays_whole_when_it_goes(tmp_path: Path) -> None:
    store = Store(tmp_path, 10)
    keep(store, "a", b"1234567")
    found = store.find("a", Format.wav)
    assert found is not None
    keep(store, "b", b"7654321")
    assert kept(store, "a") is None
    with found.file:
        assert found.file.read() == b"1234567"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 12)), max_size=25))
def test_it_never_holds_more_than_it_may(tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[str, int]]) -> None:
    store = Store(tmp_path_factory.mktemp("speech"), 10)
    for key, size in sent:
        if kept(store, key) is None:
            keep(store, key, b"x" * size)
            assert (kept(store, key) is not None) == (size <= 10)
        assert store.sizes()[1] <= 10


def test_nothing_is_kept_where_nothing_may(tmp_path: Path) -> None:
    store = Store(tmp_path, 0)
    keep(store, "a", b"hum")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_cleared_and_what_is_being_made_is_not(tmp_path: Path) -> None:
    old, fresh = tmp_path / "old.part", tmp_path / "fresh.part"
    for part in (old, fresh):
        part.write_bytes(b"half")
    past = time.time() - ABANDONED_SECONDS - 60
    os.utime(old, (past, past))
    assert Store(tmp_path, 1000).sizes() == (0, 0)
    assert [part.name for part in tmp_path.iterdir()] == ["fresh.part"]


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    store = Store(tmp_path / "speech", 1000)
    keep(store, "a", b"hum")
    assert (tmp_path / "speech").stat().st_mode & 0o777 == 0o700


def test_everything_that_is_heard_is_in_the_key() -> None:
    engine = Engine("piper", (), lambda: True, Limits(1, 1))
    engine.version = "1"
    voice = Voice(id="joe", name="Joe", language="en-US", rate=22_050, version="1")
    speaker, said = Speaker(engine, voice), [Piece("Hello.", 0.3)]
    first = key_of(speaker, said, 1.0, Format.wav)
    assert first == key_of(speaker, [replace(said[0])], 1.0, Format.wav)
    newer = Engine("piper", (), lambda: True, Limits(1, 1))
    newer.version = "2"
    others = [
        key_of(speaker, [Piece("Hello!", 0.3)], 1.0, Format.wav),
        key_of(speaker, [Piece("Hello.", 0.6)], 1.0, Format.wav),
        key_of(speaker, said, 1.5, Format.wav),
        key_of(speaker, said, 1.0, Format.mp3),
        key_of(Speaker(engine, voice.model_copy(update={"version": "2"})), said, 1.0, Format.wav),
        key_of(Speaker(engine, voice.model_copy(update={"id": "amy"})), said, 1.0, Format.wav),
        key_of(Speaker(newer, voice), said, 1.0, Format.wav),
    ]
    assert len({first, *others}) == len(others) + 1
