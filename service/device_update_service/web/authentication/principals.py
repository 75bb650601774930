"""Who is signed in on a connection, and who a request that was let in is from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from aiohttp import hdrs

from device_update_contract.administration.roles import Role
from device_update_service.configuration.account_sources import SourceName
from device_update_service.domain.accounts import KnownAccount


@dataclass(frozen=True, slots=True)
class Principal:
    r"""An account that proved itself; ``account`` is its name for display, ``DOMAIN\user`` for one of a domain.

    ``known`` is its row, as it was when it signed in; None for a user of a domain that has none.
    """

    account: str
    role: Role
    source: SourceName
    known: KnownAccount | None

    @property
    def account_id(self) -> int | None:
        """The number of its row."""
        return None if self.known is None else self.known.id


class Admission(NamedTuple):
    """A caller that was let in; ``account`` is empty for an anonymous one, where that is allowed.

    ``proof`` goes with the answer as ``WWW-Authenticate``: by it the client knows that it speaks to the right service.
    """

    address: str
    account: str = ""
    proof: str | None = None

    @property
    def header_lines(self) -> str:
        """What the answer's head has to say beside the usual."""
        return "" if self.proof is None else f"{hdrs.WWW_AUTHENTICATE}: {self.proof}\r\n"
