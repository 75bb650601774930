"""Verbs on all that match a filter: no more than the caller has seen, nor than the writer takes at once (contract 5).

A verb on very many devices would hold up the checks that wait for the writer.
"""

from __future__ import annotations

from typing import Final

from device_update_contract.refusals import Refusal

MAX_DEVICES_AT_ONCE: Final = 10_000


class CountChanged(Refusal):
    """More match a filter than the caller has seen."""

    code = "count-changed"


class TooManyDevices(Refusal):
    """More devices than one request may change."""

    code = "too-many-devices"


def require_expected_count(count: int, expected_count: int | None, what: str) -> None:
    """Let fewer pass than expected, never more; ``what`` names what is counted.

    Raises:
        CountChanged: more match.
    """
    if expected_count is not None and count > expected_count:
        raise CountChanged(
            f"{count} {what} match now, and {expected_count} were expected; look again.",
            parameters={"count": count, "expected_count": expected_count},
        )


def require_few_devices(count: int) -> None:
    """Let pass what one request may change.

    Raises:
        TooManyDevices: it is more.
    """
    if count > MAX_DEVICES_AT_ONCE:
        raise TooManyDevices(
            f"{count} devices match, and at most {MAX_DEVICES_AT_ONCE} can be changed at once; narrow the filter.",
            parameters={"count": count, "limit": MAX_DEVICES_AT_ONCE},
        )
