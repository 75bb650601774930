"""Latencies in a few kilobytes, however many: logarithmic buckets, exact to one per cent."""

from __future__ import annotations

import math
from array import array
from typing import Final

_LEAST_SECONDS: Final = 1e-6
_BUCKETS_PER_E: Final = 100
_BUCKETS: Final = 2600


class Latencies:
    """Counts spans from a microsecond to two days; the greatest is kept exactly."""

    def __init__(self) -> None:
        self._counts = array("Q", bytes(8 * _BUCKETS))
        self.count = 0
        self.greatest = 0.0

    def add(self, seconds: float) -> None:
        """Count one span."""
        ratio = seconds / _LEAST_SECONDS
        bucket = int(math.log(ratio) * _BUCKETS_PER_E) if ratio > 1 else 0
        self._counts[min(bucket, _BUCKETS - 1)] += 1
        self.count += 1
        self.greatest = max(self.greatest, seconds)

    def percentile(self, percent: float) -> float:
        """The span that this many per cent do not exceed, in seconds; 0 when nothing was counted."""
        wanted = math.ceil(self.count * percent / 100)
        seen = 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if seen >= wanted > 0:
                upper = _LEAST_SECONDS * math.exp((bucket + 1) / _BUCKETS_PER_E)
                return min(upper, self.greatest)
        return 0.0
