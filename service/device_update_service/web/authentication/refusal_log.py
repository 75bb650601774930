"""What the log tells of refused sign-ins: one line for a network, then at most one a minute with how many there were.

Anybody can be refused as often as they like; the whole of it is in ``GET /sign-ins``.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from device_update_contract.sign_ins import SignInCause
from device_update_service.identity.guessing import network_of

_log = logging.getLogger(__name__)

_QUIET_SECONDS: Final = 60.0
_NETWORKS: Final = 1000
_LONGEST_DETAIL: Final = 500


class RefusalLog:
    """The lines of one listener."""

    def __init__(self, listener: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._listener = listener
        self._monotonic = monotonic
        self._of_network: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def refused(self, account: str, address: str, cause: SignInCause, detail: str = "") -> None:
        """Tell it, unless another one from the address, or its IPv6 network, was told less than a minute ago."""
        now = self._monotonic()
        network = network_of(address)
        told_at, unsaid = self._of_network.get(network, (None, 0))
        if told_at is not None and now - told_at < _QUIET_SECONDS:
            self._of_network[network] = (told_at, unsaid + 1)
            return
        self._of_network[network] = (now, 0)
        self._of_network.move_to_end(network)
        if len(self._of_network) > _NETWORKS:
            self._of_network.popitem(last=False)
        facts = {"listener": self._listener, "address": address, "account": account, "cause": cause.value}
        if detail:
            facts["detail"] = detail[:_LONGEST_DETAIL]
        _log.info("A sign-in was refused", extra={**facts, "before": unsaid} if unsaid else facts)
