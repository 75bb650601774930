"""What a log's file name tells, by the conventions of the original's devices.

* A Watson dump: ``78491-322-0002937-00652-2007-06-08151023-WATSON-1.0.3626.0.kdmp``: the device's serial number, the
  date and time, the software revision ("Watson Log Files" of the RoundTable device's administration guide).
* A CeLog: ``UCPhone_0004F2000176-20090501-CELOG170926_0.clg`` or ``20090501170926-CELOG0.clg``: device type and
  identifier, date and time, which of its two files ("Log File Types and Locations", TechNet dd572862, gg398250).

The name is the sender's: it is a hint, and what is in the file goes before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

_WATSON: Final = re.compile(
    r"(?P<device>[^/\\]{1,128})-(?P<date>\d{4}-\d\d-\d\d)(?P<time>\d{6})-WATSON-(?P<version>\d+(?:\.\d+){3})\.kdmp",
    re.IGNORECASE | re.ASCII,
)
_CE_LOG: Final = re.compile(
    r"(?:(?P<device>[^/\\]{1,128})-)?(?P<date>\d{8})(?:(?P<time>\d{6})-CELOG|-CELOG(?P<later>\d{6})_)[01]\.clg",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class NamedLog:
    """A device by its serial number, or its type and identifier; ``written_at`` is ``YYYY-MM-DD hh:mm:ss``.

    The time is by the device's clock, in a zone that nobody knows.
    """

    device: str | None
    written_at: str
    software_version: str | None


def told_by_name(name: str) -> NamedLog | None:
    """What a file name tells; None for one of another form."""
    found = _WATSON.fullmatch(name) or _CE_LOG.fullmatch(name)
    if found is None:
        return None
    parts = found.groupdict()
    digits = parts["date"].replace("-", "") + (parts["time"] or parts["later"])
    try:
        at = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return NamedLog(parts["device"], f"{at:%Y-%m-%d %H:%M:%S}", parts.get("version"))
