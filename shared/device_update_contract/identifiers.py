"""Identifiers of devices, accounts, device classes and files, and their canonical forms (contract section 1)."""

from __future__ import annotations

import re
import unicodedata
from typing import NewType

from device_update_contract.refusals import InvalidValue

MacAddress = NewType("MacAddress", str)
"""Canonical: upper-case hexadecimal pairs joined by ``-``, six to eight of them."""

SerialNumber = NewType("SerialNumber", str)
"""As given, trimmed; compare through `serial_key`."""

_MAC_CANONICAL = re.compile(r"[0-9A-F]{2}(?:-[0-9A-F]{2}){5,7}")
_MAC_JOINED = re.compile(r"(?:[0-9A-Fa-f]{2}){6,8}")
_MAC_PAIRS = re.compile(r"[0-9A-Fa-f]{2}(?:([-:])[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4,6})")
_MAC_DOTTED = re.compile(r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}")
_SERIAL = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ACCOUNT = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CLASS_FIELD = re.compile(r"[A-Za-z0-9 ._+()-]{1,64}")
_DRIVE = re.compile(r"[A-Za-z]:")
_STEM_END = re.compile(r"[.:]")
_WINDOWS_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"]
    + [f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"]
)


class InvalidIdentifier(InvalidValue):
    """A MAC address, serial number, account name or class field is not of its form."""

    code = "invalid-identifier"


class UnsafeFileName(InvalidValue):
    """A file name could reach outside its folder, or is one that Windows keeps for devices."""

    code = "unsafe-name"


def quoted(text: str, longest: int = 80) -> str:
    r"""A text from outside as a sentence names it: in quotation marks, cut and on one line; ``CORP\ann`` stays so."""
    shown = (one if one.isprintable() else one.encode("unicode_escape").decode() for one in text[:longest])
    return f"'{''.join(shown)}'"


def parse_mac(text: str) -> MacAddress:
    """Read a MAC address of six to eight pairs, joined, with ``-`` or ``:``, or dotted, into its canonical form."""
    text = text.strip()
    if _MAC_CANONICAL.fullmatch(text):
        return MacAddress(text)
    if not (_MAC_JOINED.fullmatch(text) or _MAC_PAIRS.fullmatch(text) or _MAC_DOTTED.fullmatch(text)):
        raise InvalidIdentifier(
            f"{text[:40]!r} is not a MAC address: six to eight pairs of hexadecimal digits, "
            "joined or separated by '-' or ':' are expected."
        )
    digits = bare_mac(text).upper()
    return MacAddress("-".join(digits[i : i + 2] for i in range(0, len(digits), 2)))


def parse_serial(text: str) -> SerialNumber:
    """Read a serial number of 1 to 64 letters, digits, ``-`` and ``_``."""
    text = text.strip()
    if not _SERIAL.fullmatch(text):
        raise InvalidIdentifier(
            f"{text[:80]!r} is not a serial number: 1 to 64 letters, digits, '-' and '_' are expected."
        )
    return SerialNumber(text)


def serial_key(serial: str) -> str:
    """The form in which serial numbers are compared."""
    return serial.upper()


def bare_mac(text: str) -> str:
    """A MAC address, or a part of one, without its separators."""
    return text.replace("-", "").replace(":", "").replace(".", "")


def is_blank_mac(text: str | None) -> bool:
    """Whether the field names no device: empty, or a MAC of only ``0`` or only ``F``."""
    return text is None or not text.strip("0-:. \t\r\n") or not text.strip("Ff-:. \t\r\n")


def is_blank_serial(text: str | None) -> bool:
    """Whether the field names no device: empty, or only zeros."""
    return text is None or not text.strip().strip("0")


def parse_account_name(text: str) -> str:
    """Read an account name of 1 to 64 letters, digits, ``.``, ``_`` and ``-``; compare through `account_key`."""
    text = text.strip()
    if not _ACCOUNT.fullmatch(text):
        raise InvalidIdentifier(
            f"{quoted(text)} is not an account name: 1 to 64 letters, digits, '.', '_' and '-' are expected."
        )
    return text


def account_key(name: str) -> str:
    """The form in which account names are compared."""
    return name.lower()


def parse_class_field(field: str, text: str) -> str:
    """Read a device-class field, vendor or update type: 1 to 64 letters, digits, space and ``._-+()``, trimmed."""
    text = text.strip()
    if not _CLASS_FIELD.fullmatch(text) or text in {".", ".."}:
        raise InvalidIdentifier(
            f"The field {field} has the value {text[:80]!r}: 1 to 64 letters, digits, spaces and the characters "
            "._-+() are expected.",
            parameters={"field": field},
        )
    return text


def parse_file_name(text: str) -> str:
    """Read a package's file name, NFC-normalised; compare through `file_name_key`.

    Refused are path separators, drive letters, control characters, leading or trailing spaces and dots, and the
    names Windows keeps for devices, with or without an extension.
    """
    name = unicodedata.normalize("NFC", text)
    stem = _STEM_END.split(name, maxsplit=1)[0].rstrip(" ").casefold()
    unsafe = (
        not 1 <= len(name) <= 128
        or any(character in "/\\" or unicodedata.category(character) in {"Cc", "Cs"} for character in name)
        or _DRIVE.match(name) is not None
        or name != name.strip(" .")
        or stem in _WINDOWS_DEVICES
    )
    if unsafe:
        raise UnsafeFileName(f"The file name {text[:80]!r} is not safe.", parameters={"name": text[:128]})
    return name


def file_name_key(name: str) -> str:
    """The form in which file names are compared; normalised again, because folding can take a character apart."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
