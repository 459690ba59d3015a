"""Audio files: each format decodes to what went in, whole or while it is written."""

import resource
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.tts.encoding import OPUS_RATES, Encoder, Format, Samples, rate_of, without_length
from tests.services.tts.audio import heard

RATE = 22_050
EVERY = pytest.mark.parametrize("form", Format)


def fill(encoder: Encoder) -> None:
    for number in range(60):
        encoder.write(hum(1.0, number * RATE))
    encoder.finish()


def hum(seconds: float, start: int = 0, rate: int = RATE) -> Samples:
    at = np.arange(start, start + round(seconds * rate))
    return (9000 * np.sin(2 * np.pi * 220 * at / rate)).astype(np.int16)


def written(path: Path, form: Format, parts: list[Samples], rate: int = RATE) -> bytes:
    encoder = Encoder(path, form, rate)
    for part in parts:
        encoder.write(part)
    encoder.finish()
    return path.read_bytes()


@EVERY
def test_each_format_decodes_to_what_went_in(form: Format, tmp_path: Path) -> None:
    found = heard(written(tmp_path / "x", form, [hum(3.0)]))
    assert found.rate == (24_000 if form is Format.opus else RATE)
    assert found.seconds == pytest.approx(3.0, abs=0.1)
    assert found.rms == pytest.approx(9000 / 32768 / np.sqrt(2), rel=0.1)


@EVERY
def test_many_parts_sound_as_one(form: Format, tmp_path: Path) -> None:
    parts = [
        hum(0.1 * n, start) for n, start in zip((3, 1, 7, 2, 9), np.cumsum([0, 6615, 2205, 15435, 4410]), strict=True)
    ]
    pieces, whole = (
        heard(written(tmp_path / "a", form, parts)),
        heard(written(tmp_path / "b", form, [np.concatenate(parts)])),
    )
    inner = slice(0, -whole.rate // 100)  # Opus ends a sine that stops at once with a click of 4 ms
    assert len(pieces.samples) == len(whole.samples)
    assert np.max(np.abs(pieces.samples[inner] - whole.samples[inner])) < 0.02
    assert pieces.longest_silence < 0.1


@EVERY
def test_what_is_there_before_the_end_decodes_as_it_is_sent(form: Format, tmp_path: Path) -> None:
    """A listener reads each part as it comes, so the file must only grow, but for the header."""
    path = tmp_path / "x"
    encoder = Encoder(path, form, RATE)
    sent = b""
    for number in range(6):
        encoder.write(hum(1.0, number * RATE))
        sent += path.read_bytes()[len(sent) :]
    assert len(sent) > 1000
    encoder.finish()
    sent += path.read_bytes()[len(sent) :]
    if form is Format.wav:
        sent = without_length(sent[:44]) + sent[44:]
    assert heard(sent).seconds == pytest.approx(6.0, abs=0.1)
    assert heard(sent).rms > 0.15


def test_a_wav_of_unknown_length_says_so_and_a_whole_one_its_length(tmp_path: Path) -> None:
    content = written(tmp_path / "x", Format.wav, [hum(1.0)])
    assert int.from_bytes(content[4:8], "little") == len(content) - 8
    assert int.from_bytes(content[40:44], "little") == len(content) - 44 == 2 * RATE
    header = without_length(content[:44])
    assert (header[4:8], header[40:44], len(header)) == (b"\xff" * 4, b"\xff" * 4, 44)


@given(st.integers(8000, 48_000))
def test_opus_has_a_rate_that_loses_nothing(rate: int) -> None:
    assert rate <= rate_of(Format.opus, rate) in OPUS_RATES
    assert rate_of(Format.mp3, rate) == rate


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 4000), min_size=1, max_size=20).filter(lambda counts: sum(counts) > 1000))
def test_samples_are_neither_lost_nor_added(tmp_path_factory: pytest.TempPathFactory, counts: list[int]) -> None:
    path = tmp_path_factory.mktemp("opus") / "x"
    ends = np.cumsum([0, *counts])
    found = heard(written(path, Format.opus, [hum((end - start) / RATE, start) for start, end in pairwise(ends)]))
    assert len(found.samples) == pytest.approx(ends[-1] * 24_000 / RATE, abs=2)


@EVERY
def test_a_disk_that_is_gone_is_told(form: Format, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot be written"):
        Encoder(tmp_path / "nowhere" / "x", form, RATE)


@EVERY
def test_a_full_disk_is_told(form: Format, tmp_path: Path) -> None:
    most, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    encoder = Encoder(tmp_path / "x", form, RATE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
        with pytest.raises(OSError, match="cannot be written"):
            fill(encoder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
        with suppress(OSError):
            encoder.close()
