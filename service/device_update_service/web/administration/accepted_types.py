"""Which of two forms of an answer a caller would rather have (``Accept``, RFC 9110 section 12.5.1)."""

from __future__ import annotations

import re
from typing import Final

_QUALITY: Final = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def prefers(accept: str, wanted: str, usual: str) -> bool:
    """Whether a caller who sends this ``Accept`` wants the media type ``wanted`` instead of ``usual``.

    Where both are as welcome, ``wanted`` has to be named: who takes anything gets what is usual.
    """
    qualities = _qualities(accept)
    of_wanted, of_usual = (_quality(qualities, media_type) for media_type in (wanted, usual))
    return of_wanted > of_usual or (of_wanted == of_usual > 0 and wanted in qualities)


def _quality(qualities: dict[str, float], media_type: str) -> float:
    """How welcome a media type is, 0 to 1: the most specific range that it is in decides."""
    for media_range in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        if media_range in qualities:
            return qualities[media_range]
    return 0.0


def _qualities(accept: str) -> dict[str, float]:
    """The media ranges with their weights; other parameters, and weights that are none, are passed over."""
    qualities: dict[str, float] = {}
    for element in accept.lower().split(","):
        media_range, *parameters = (part.strip() for part in element.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name == "q" and _QUALITY.fullmatch(value):
                quality = float(value)
        qualities[media_range] = quality
    return qualities
