"""What can go wrong between a device and the service, with the exit code of each (contract section 6)."""

from __future__ import annotations

from enum import IntEnum

from device_update_contract.refusals import Refusal


class ExitCode(IntEnum):
    """How a command ends."""

    DONE = 0
    REFUSED = 1
    WRONG_USAGE = 2
    UNREACHABLE = 3
    NOT_AUTHENTICATED = 4


class CheckFailure(Refusal):
    """A check or a download did not do what a device needs."""

    code = "refused"
    exit_code = ExitCode.REFUSED


class Unreachable(CheckFailure):
    """No connection, one that broke, or no answer in time."""

    code = "unreachable"
    exit_code = ExitCode.UNREACHABLE


class NotAuthenticated(CheckFailure):
    """The service demands an account, or did not accept the one given."""

    code = "not-authenticated"
    exit_code = ExitCode.NOT_AUTHENTICATED


class Refused(CheckFailure):
    """The service answered with an error of the contract, or with something else than an answer to a check."""


class Busy(CheckFailure):
    """The service answered 503; ``retry_after`` are the seconds it asked for, if it did."""

    code = "busy"

    def __init__(self, sentence: str, *, retry_after: float | None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class DownloadDidNotHold(CheckFailure):
    """A file is not what the offer says: another size or other bytes."""

    code = "download-did-not-hold"


class WrongUsage(CheckFailure):
    """An option is not of its form."""

    code = "wrong-usage"
    exit_code = ExitCode.WRONG_USAGE
