"""The bytes of a virtual device's checks, and the few fields of an answer that a fleet needs.

Most checks of a fleet differ only in MAC, serial number and user, so everything else is rendered once; most answers
are equal up to the number of seconds, so an offer is parsed once and shared by all devices that get it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

from device_update_contract.checks import CheckRequest, InstallReport, ReportedModule
from device_update_contract.device_messages.answers import (
    CheckAnswer,
    ErrorAnswer,
    MalformedAnswer,
    OfferedUpdate,
    parse_check_answer,
)
from device_update_contract.device_messages.requests import render_check_request
from device_update_contract.identifiers import MacAddress, SerialNumber
from device_update_simulator.device_models import DeviceIdentity, DeviceModel
from device_update_simulator.virtual_devices import DeviceState, InstalledModule

_MAC_PLACE: Final = "{MAC}"
_SERIAL_PLACE: Final = "{SERIAL}"
_USER_PLACE: Final = "{USER}"
_NEXT_CHECK: Final = b"<NextCheckSeconds>"
_REMEMBERED_ANSWERS: Final = 1024
_MOST_DIGITS: Final = 9


def check_body(identity: DeviceIdentity, state: DeviceState, *, names_user: bool) -> bytes:
    """The XML of the device's next check; ``names_user`` when somebody has signed in."""
    if state.report is None:
        body = _template(identity.model, state.installed, names_user)
    else:
        # A report holds its time, so it is never met again and not worth remembering.
        body = _render(identity.model, state.installed, state.report, names_user=names_user)
    body = body.replace(_MAC_PLACE.encode(), identity.mac.encode()).replace(
        _SERIAL_PLACE.encode(), identity.serial.encode()
    )
    return body.replace(_USER_PLACE.encode(), identity.user.encode()) if names_user else body


@functools.lru_cache(maxsize=4096)
def _template(
    model: DeviceModel,
    installed: tuple[InstalledModule, ...],
    names_user: bool,  # noqa: FBT001 - a positional key of the cache
) -> bytes:
    return _render(model, installed, None, names_user=names_user)


def _render(
    model: DeviceModel, installed: tuple[InstalledModule, ...], report: InstallReport | None, *, names_user: bool
) -> bytes:
    return render_check_request(
        CheckRequest(
            model.device_type,
            model.vendor,
            model.model,
            model.revision,
            model.locale,
            MacAddress(_MAC_PLACE),
            SerialNumber(_SERIAL_PLACE),
            _USER_PLACE if names_user else None,
            tuple(ReportedModule(module.file_name, module.version, None) for module in installed),
            report,
        )
    )


@dataclass(frozen=True, slots=True)
class ScannedAnswer:
    """What a virtual device takes from an answer."""

    reason_code: str
    offer: OfferedUpdate | None
    next_check_seconds: int


def read_decision(body: bytes) -> CheckAnswer:
    """Read an answer to a check whole.

    Raises:
        MalformedAnswer: when it is not what the contract promises, or an error.
    """
    answer = parse_check_answer(body)
    if isinstance(answer, ErrorAnswer):
        raise MalformedAnswer(f"The service refused the check: {answer.sentence}", code=answer.code)
    if answer.update is not None and not answer.update.modules:
        raise MalformedAnswer("The answer offers an update without a file.")
    return answer


class AnswerReader:
    """Reads answers, remembering those it has met without their ``NextCheckSeconds``, up to a bound."""

    def __init__(self) -> None:
        self._met: dict[bytes, tuple[str, OfferedUpdate | None]] = {}

    def read(self, body: bytes) -> ScannedAnswer:
        """Read an answer to a check.

        Raises:
            MalformedAnswer: when it is not what the contract promises, or an error.
        """
        head, found, tail = body.partition(_NEXT_CHECK)
        known = self._met.get(head) if found else None
        digits, _, _ = tail.partition(b"<")
        if known is not None and digits.isdigit() and len(digits) <= _MOST_DIGITS:
            return ScannedAnswer(known[0], known[1], int(digits))
        answer = read_decision(body)
        if found and len(self._met) < _REMEMBERED_ANSWERS:
            self._met[head] = (answer.reason_code, answer.update)
        return ScannedAnswer(answer.reason_code, answer.update, answer.next_check_seconds)
