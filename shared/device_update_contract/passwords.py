"""Passwords of accounts: 8 to 256 characters, and no rule about which (contract section 1)."""

from __future__ import annotations

from device_update_contract.refusals import InvalidValue

PASSWORD_LENGTHS = (8, 256)


class InvalidPassword(InvalidValue):
    """The password is too short or too long."""

    code = "invalid-password"


def check_password(password: str) -> str:
    """The password, if it is one.

    Raises:
        InvalidPassword: for another length, and for text that is none (lone surrogates).
    """
    shortest, longest = PASSWORD_LENGTHS
    if not shortest <= len(password) <= longest:
        raise InvalidPassword(f"A password has {shortest} to {longest} characters.")
    if any("\ud800" <= character <= "\udfff" for character in password):
        raise InvalidPassword("The password holds a character that cannot be encoded.")
    return password
