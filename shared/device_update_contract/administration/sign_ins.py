"""Refused sign-ins, as help desk sees them (contract sections 3.1 and 5)."""

from __future__ import annotations

from typing import Literal

from device_update_contract.administration.base import Answer, Moment, PageQuery, Sought
from device_update_contract.sign_ins import SignInCause


class SignIn(Answer):
    """Refused sign-ins of one account from one address for one cause, folded.

    ``account`` is the name as it was claimed, null when nobody was; ``listener`` is where it was tried.
    """

    id: str
    listener: Literal["external", "administration"]
    account: str | None
    address: str | None
    cause: SignInCause
    detail: str
    first_at: Moment
    last_at: Moment
    count: int


class SignInQuery(PageQuery):
    r"""Parameters of ``GET /sign-ins``; sorts by ``last_at``, ``first_at``, ``count``.

    ``account`` finds a name with and without its domain: ``kenmyer`` finds ``CONTOSO\kenmyer`` too.
    """

    account: Sought | None = None
    address: Sought | None = None
    cause: SignInCause | None = None
    listener: Literal["external", "administration"] | None = None
    since: Moment | None = None
