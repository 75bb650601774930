"""What can go wrong between a front end and the service: a small tree, one sentence each (design section 6)."""

from __future__ import annotations

from device_update_console.core.texts.language import text
from device_update_console.core.texts.problem_texts import problem_text
from device_update_contract.administration.problems import Problem
from device_update_contract.refusals import Refusal
from device_update_http_authentication.challenges import Offers


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


class CertificateNotTrusted(ServiceUnreachable):
    """The service's certificate is not trusted, so nothing was sent to it.

    ``may_be_pinned``: nothing is wrong with it but that no known authority vouches for it.
    """

    code = "certificate-not-trusted"

    def __init__(self, sentence: str, *, may_be_pinned: bool) -> None:
        super().__init__(sentence)
        self.may_be_pinned = may_be_pinned


class ServerTakenOut(FailedCall):
    """What was asked about a server came after it was taken out of the console; nothing was sent."""

    code = "server-taken-out"

    def __init__(self) -> None:
        super().__init__(text("This server is not in the console any more."))


class Surprise(FailedCall):
    """Something that nobody foresaw, its cause; it is shown with details that a report of it needs."""

    code = "surprise"


class NotAuthenticated(FailedCall):
    """The service does not know who asks: no session, an ended one, or wrong credentials.

    ``offers`` is how one may sign in, where the service said so.
    """

    code = "not-authenticated"

    def __init__(
        self, sentence: str, *, code: str | None = None, body: bytes | None = None, offers: Offers | None = None
    ) -> None:
        super().__init__(sentence, code=code, body=body)
        self.offers = offers or Offers({})


class NoSessionKept(NotAuthenticated):
    """There is no session because there is no keyring to keep one: a person can only be asked for this run."""


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
        super().__init__(problem_text(problem), code=problem.code, body=body)
        self.problem = problem


class KeyringUnavailable(Refusal):
    """There is no keyring that keeps secrets, or it did not answer."""

    code = "keyring-unavailable"


class NothingSelected(Refusal):
    """No device, test device or setting is called so; ``choices`` are lines that name what there is, or is known."""

    code = "nothing-selected"

    def __init__(self, sentence: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.choices = choices


class FileChangedMeanwhile(Refusal):
    """A file became shorter, or unreadable, while it was sent."""

    code = "file-changed"
