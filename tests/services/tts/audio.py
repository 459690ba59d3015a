"""What audio sounds like, as numbers."""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile


@dataclass(frozen=True)
class Heard:
    """Decoded audio: samples between -1 and 1, and their rate in Hz."""

    samples: npt.NDArray[np.float64]
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    @property
    def rms(self) -> float:
        """Root of the mean square: 0 is silence, a full sine 0.71."""
        return float(np.sqrt(np.mean(self.samples**2)))

    @property
    def longest_silence(self) -> float:
        """Seconds of the longest stretch below a hundredth of full scale."""
        loud = np.flatnonzero(np.abs(self.samples) > 0.01)
        edges = np.concatenate([[-1], loud, [len(self.samples)]])
        return float(np.max(np.diff(edges)) - 1) / self.rate


def heard(content: bytes) -> Heard:
    samples, rate = soundfile.read(io.BytesIO(content), dtype="float64")
    return Heard(samples, rate)
