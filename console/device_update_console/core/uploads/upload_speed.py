"""How quickly bytes go, and how long the rest will take, from what was sent in the last seconds."""

from __future__ import annotations

from collections import deque

from device_update_console.core.texts.formats import duration_text, size_text
from device_update_console.core.texts.language import text

WINDOW_SECONDS = 5.0
_LEAST_SECONDS = 0.5
"""Nothing is said of the speed before that much time was seen: it would be nonsense."""
_MOST_SECONDS = 100 * 3600


class UploadSpeed:
    """Fed with all that was sent so far; what stands still for the whole window has no speed any more."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, sent: int, now: float) -> None:
        """So many bytes were sent by ``now``; fewer than before means that it began anew."""
        if self._seen and sent < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, sent))
        while len(self._seen) > 2 and self._seen[1][0] <= now - WINDOW_SECONDS:
            self._seen.popleft()

    def bytes_per_second(self, now: float) -> float | None:
        """The speed of the last seconds; None while too little was seen."""
        if not self._seen:
            return None
        since, sent = self._seen[0]
        if now - since < _LEAST_SECONDS:
            return None
        return (self._seen[-1][1] - sent) / (now - since)

    def seconds_left(self, total: int, now: float) -> int | None:
        """How long the rest takes at this speed; None when that cannot be said."""
        speed = self.bytes_per_second(now)
        if not speed:
            return None
        seconds = (total - self._seen[-1][1]) / speed
        return round(seconds) if seconds < _MOST_SECONDS else None


def sending_text(sent: int, total: int, speed: float | None, seconds_left: int | None) -> str:
    """How far sending is, as one sentence."""
    facts = {"sent": size_text(sent), "total": size_text(total)}
    if speed is None:
        return text("Sent {sent} of {total}.", **facts)
    facts["speed"] = size_text(round(speed))
    if seconds_left is None:
        return text("Sent {sent} of {total}, {speed} a second.", **facts)
    return text(
        "Sent {sent} of {total}, {speed} a second, about {left} left.", left=duration_text(seconds_left), **facts
    )
