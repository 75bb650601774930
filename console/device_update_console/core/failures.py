"""What can go wrong between a front end and the service: a small tree, one sentence each (design section 6)."""

from __future__ import annotations

from device_update_contract.administration.problems import Problem
from device_update_contract.refusals import Refusal


class FailedCall(Refusal):
    """A call did not do what it was for; ``body`` is the service's own answer where there was one."""

    code = "failed-call"

    def __init__(self, sentence: str, *, code: str | None = None, body: bytes | None = None) -> None:
        super().__init__(sentence, code=code)
        self.body = body


class ServiceUnreachable(FailedCall):
    """No answer came: no connection, no trust in the certificate, or the connection was lost."""

    code = "service-unreachable"


class NotTheService(ServiceUnreachable):
    """Something answered, but not in the way the Device Update Service does."""

    code = "not-the-service"


class NotAuthenticated(FailedCall):
    """The service does not know who asks: no session, an ended one, or wrong credentials."""

    code = "not-authenticated"


class ConnectionNotPrivate(NotAuthenticated):
    """A password or token would travel readable, so it was not sent."""

    code = "connection-not-private"


class NotPermitted(FailedCall):
    """The account's role may not do this."""

    code = "not-permitted"


class RefusedByService(FailedCall):
    """The service refused; ``problem`` is why."""

    code = "refused"

    def __init__(self, problem: Problem, *, body: bytes) -> None:
        super().__init__(problem.detail, code=problem.code, body=body)
        self.problem = problem


class KeyringUnavailable(Refusal):
    """There is no keyring that keeps secrets, or it did not answer."""

    code = "keyring-unavailable"


class NothingSelected(Refusal):
    """No device, test device or setting is called so; ``choices`` are lines that name what there is."""

    code = "nothing-selected"

    def __init__(self, sentence: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.choices = choices


class FileChangedMeanwhile(Refusal):
    """A file became shorter, or unreadable, while it was sent."""

    code = "file-changed"
