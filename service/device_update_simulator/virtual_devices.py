"""What a virtual device does next: a state, an event, the next state and one thing to do. Pure.

A device checks at start-up, at sign-in and at the interval it is told; takes up an offer, downloads, installs while
idle, restarts and reports how that ended in its next check (contract section 3.2). No clock, no randomness, no I/O:
times and draws are given. States know no identity, so that the many devices in one state share one object.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from device_update_contract.checks import InstallReport
from device_update_contract.device_messages.answers import OfferedUpdate
from device_update_contract.identifiers import file_name_key
from device_update_contract.versions import Version

FIRST_RETRY_SECONDS: Final = 5.0
LAST_RETRY_SECONDS: Final = 300.0


class Phase(StrEnum):
    """Where a device is between two versions."""

    IDLE = "idle"
    OFFERED = "offered"
    DOWNLOADING = "downloading"
    INSTALLING = "installing"
    REPORTING = "reporting"


@dataclass(frozen=True, slots=True)
class InstalledModule:
    """One module that the device runs, with its version as text."""

    file_name: str
    version: Version


@dataclass(frozen=True, slots=True)
class DeviceState:
    """All that changes about a virtual device.

    ``offer`` is set while offered, downloading or installing; ``report`` until a check that carried it was answered;
    ``failed_offer`` is the update whose installation failed last, set aside until the next interval check.
    """

    installed: tuple[InstalledModule, ...]
    phase: Phase = Phase.IDLE
    offer: OfferedUpdate | None = None
    report: InstallReport | None = None
    failed_offer: OfferedUpdate | None = None
    signed_in: bool = False
    unanswered: int = 0
    """Checks in a row without an answer."""

    downloads: int = 0
    """Downloads begun so far: tells one occasion for a draw from the next."""


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Check again after this many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Download:
    """Fetch the state's offer."""


@dataclass(frozen=True, slots=True)
class Install:
    """Install what was downloaded, as soon as the device is idle."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """Nothing new: what is under way goes on."""


Action = CheckIn | Download | Install | GoOn
Step = tuple[DeviceState, Action]

_DOWNLOAD: Final = Download()
_INSTALL: Final = Install()
_GO_ON: Final = GoOn()
_RESTART: Final = CheckIn(0.0)


def answered(
    state: DeviceState,
    offer: OfferedUpdate | None,
    *,
    next_check_seconds: float,
    carried: InstallReport | None = None,
    sign_in_after: float | None = None,
    takes_offers: bool = True,
) -> Step:
    """A check that carried this report (or none) was answered.

    ``sign_in_after`` is given when somebody uses the device: it checks then once more, if it did not since its start.
    A device that downloads or installs goes on with it whatever the answer; one that has not begun takes the newer
    offer, or drops an offer that was withdrawn; one that restarted after this check had left it waits for the answer to
    the check with its report. The update that just failed is not tried again at the check that
    reports the failure, but at the one after it.
    """
    restarted_meanwhile = state.report is not None and carried != state.report
    if state.phase in {Phase.DOWNLOADING, Phase.INSTALLING} or restarted_meanwhile:
        return (replace(state, unanswered=0) if state.unanswered else state), _GO_ON
    if state.phase is Phase.OFFERED:
        after = replace(state, offer=offer, unanswered=0)
        return (after, _GO_ON) if offer else (replace(after, phase=Phase.IDLE), CheckIn(next_check_seconds))
    if offer is not None and takes_offers and offer != state.failed_offer:
        offered = replace(state, phase=Phase.OFFERED, offer=offer, report=None, failed_offer=None, unanswered=0)
        return offered, _DOWNLOAD
    idle = _idle_after_answer(state)
    if sign_in_after is not None and not state.signed_in:
        return replace(idle, signed_in=True), CheckIn(sign_in_after)
    return idle, CheckIn(next_check_seconds)


def _idle_after_answer(state: DeviceState) -> DeviceState:
    """The state itself when nothing changed: most checks end here, and states are shared."""
    if state.phase is Phase.IDLE and not state.unanswered and state.failed_offer is None:
        return state
    return replace(
        state,
        phase=Phase.IDLE,
        report=None,
        failed_offer=None,
        unanswered=0,
    )


def not_answered(state: DeviceState, *, jitter: float, retry_after: float | None = None) -> Step:
    """A check was refused or not answered; ``jitter`` in [0, 1) spreads those that met the same trouble.

    A ``Retry-After`` is honoured and never undercut; without one the wait doubles up to `LAST_RETRY_SECONDS`.
    """
    after = replace(state, unanswered=state.unanswered + 1)
    if state.phase not in {Phase.IDLE, Phase.REPORTING}:
        return after, _GO_ON
    if retry_after is not None:
        return after, CheckIn(retry_after * (1.0 + jitter / 2))
    wait = min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(state.unanswered, 10))
    return after, CheckIn(wait * (0.5 + jitter / 2))


def download_began(state: DeviceState) -> DeviceState:
    """The first byte is asked for."""
    if state.phase is not Phase.OFFERED:
        raise ValueError(f"a device that is {state.phase} cannot begin a download")
    return replace(state, phase=Phase.DOWNLOADING, downloads=state.downloads + 1)


def downloaded(state: DeviceState) -> Step:
    """All files are there and verified."""
    if state.phase is not Phase.DOWNLOADING:
        raise ValueError(f"a device that is {state.phase} cannot end a download")
    return replace(state, phase=Phase.INSTALLING), _INSTALL


def download_failed(state: DeviceState, *, next_check_seconds: float) -> tuple[DeviceState, CheckIn]:
    """The files could not be had, or were not what was offered: the device drops them and asks again later."""
    if state.phase is not Phase.DOWNLOADING:
        raise ValueError(f"a device that is {state.phase} cannot end a download")
    return replace(state, phase=Phase.IDLE, offer=None), CheckIn(next_check_seconds)


def install_ended(
    state: DeviceState, *, succeeded: bool, at: datetime, code: str | None = None, message: str | None = None
) -> Step:
    """The installation ended; the device restarts and so checks at once, with the report. Nobody is signed in."""
    offer = state.offer
    if state.phase is not Phase.INSTALLING or offer is None:
        raise ValueError(f"a device that is {state.phase} cannot end an installation")
    version = offer.modules[0].version
    report = InstallReport(succeeded=succeeded, version=version, code=code, message=message, time=at)
    after = replace(
        state,
        installed=_installed_after(state.installed, offer) if succeeded else state.installed,
        phase=Phase.REPORTING,
        offer=None,
        report=report,
        failed_offer=None if succeeded else offer,
        signed_in=False,
    )
    return after, _RESTART


@functools.lru_cache(maxsize=4096)
def _installed_after(installed: tuple[InstalledModule, ...], offer: OfferedUpdate) -> tuple[InstalledModule, ...]:
    """What runs after an update: its modules, and those that it does not replace."""
    new = tuple(InstalledModule(module.file_name, module.version) for module in offer.modules)
    replaced = {file_name_key(module.file_name) for module in new}
    return (*(module for module in installed if file_name_key(module.file_name) not in replaced), *new)
