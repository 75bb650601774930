"""Who signs in: an account with its password, or whoever is signed in to this machine."""

from __future__ import annotations

from dataclasses import dataclass, field

from device_update_contract.refusals import InvalidValue


@dataclass(frozen=True, slots=True)
class Credentials:
    r"""An account and its password, which never appears in a representation.

    The account is a plain name, ``DOMAIN\user`` or ``user@realm``. A ``:`` is refused because Basic cannot carry it.
    """

    account: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.account or ":" in self.account or not self.account.isprintable():
            raise InvalidValue("An account's name is not empty and holds no ':' or control character.")

    @property
    def names_domain(self) -> bool:
        """Whether the name says in which domain the account is."""
        return "\\" in self.account or "@" in self.account


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """Whoever is signed in to this machine, by the Kerberos ticket they have: no password is asked for."""


Identity = Credentials | SignedInUser
