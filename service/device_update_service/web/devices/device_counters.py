"""What the device listeners count, as plain numbers: incremented on the loop, read by the metrics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class DeviceCounters:
    """Counts since the start."""

    decisions: Counter[str] = field(default_factory=Counter)
    """Answered checks by reason code."""
    refusals: Counter[str] = field(default_factory=Counter)
    """Refused requests by code; ``busy`` is only counted here."""
    image_answers: Counter[int] = field(default_factory=Counter)
    """Image requests by HTTP status."""
    logs_stored: int = 0
    image_bytes: int = 0
    """Bytes of images and signatures that were sent."""
