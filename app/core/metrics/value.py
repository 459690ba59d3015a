"""One number of a metric: in this process, and once metrics are shared, in a file that every process can read.

prometheus_client decides at its import, by an environment variable, whether and where numbers are shared. We know the
directory only when the settings are read, so this class takes the place of the library's: same files, opened later.
"""

from collections.abc import Mapping, Sequence
from threading import Lock

from prometheus_client.mmap_dict import MmapedDict, mmap_key

_LOCK = Lock()
_VALUES: list["SharedValue"] = []
_FILES: dict[str, MmapedDict] = {}


class SharedValue:
    """What `prometheus_client.values.ValueClass` promises its metrics."""

    _multiprocess = True

    def __init__(
        self,
        typ: str,
        metric_name: str,
        name: str,
        labelnames: Sequence[str],
        labelvalues: Sequence[str],
        help_text: str,
        multiprocess_mode: str = "",
        **_: object,
    ) -> None:
        self._kind = f"{typ}_{multiprocess_mode}" if typ == "gauge" else typ
        self._key = mmap_key(metric_name, name, list(labelnames), list(labelvalues), help_text)
        self._value = 0.0
        self._set_at = 0.0
        self._file: MmapedDict | None = None
        with _LOCK:
            _VALUES.append(self)
            self._bind()

    def inc(self, amount: float) -> None:
        """Add to it."""
        with _LOCK:
            self._write(self._value + amount)

    def set(self, value: float, timestamp: float | None = None) -> None:
        """Replace it; `timestamp` tells which process said it last."""
        with _LOCK:
            self._set_at = timestamp or 0.0
            self._write(value)

    def get(self) -> float:
        """Return what this process counted, and what the files held when it began."""
        return self._value

    def set_exemplar(self, exemplar: object) -> None:
        """Drop it: the files have no place for exemplars."""

    def get_exemplar(self) -> None:
        """Return none."""

    def _write(self, value: float) -> None:
        self._value = value
        if self._file is not None:
            self._file.write_value(self._key, value, self._set_at)

    def _bind(self) -> None:
        """Go on from what a former process left in the file, if numbers are shared now."""
        self._file = _FILES.get(self._kind)
        if self._file is not None:
            self._write(self._value + self._file.read_value(self._key)[0])


def bind(files: Mapping[str, MmapedDict]) -> None:
    """Put all numbers, and those to come, into `files` by kind (`counter`, `histogram`, `gauge_livesum`)."""
    with _LOCK:
        _FILES.update(files)
        for value in _VALUES:
            value._bind()  # noqa: SLF001 - its own module


def unbind() -> None:
    """Take all numbers out of the files and begin at 0: what was counted stays there."""
    with _LOCK:
        for value in _VALUES:
            value._file, value._value = None, 0.0  # noqa: SLF001 - its own module
        for file in _FILES.values():
            file.close()
        _FILES.clear()
