"""Who does something, from where and through what: for histories and the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ADMINISTRATION_API: Final = "administration-api"
HOST: Final = "command line on the host"
SERVICE: Final = "service"
"""What the service does by itself."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and from where; ``address`` None is this host itself, or a connection that is gone."""

    account: str
    address: str | None = None
    through: str = ADMINISTRATION_API
