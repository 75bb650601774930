"""A text that somebody searches for: the forms in which it may be stored, and what it can be no part of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from device_update_contract.empty_lists import EmptyListCode
from device_update_contract.identifiers import bare_mac
from device_update_contract.reasons import Parameters
from device_update_service.domain.addresses import address_key

SHORTEST: Final = 3
"""Characters of the shortest text that indexes find. Of shorter ones only beginnings and ends are looked at, as in the
search for devices (contract section 1)."""
_LONGEST_SHOWN: Final = 80
_MAC_DIGITS: Final = (12, 14, 16)
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]+")
_ADDRESS: Final = re.compile(r"\d+(?:\.\d+){3}")
_MAC_SHAPE: Final = re.compile(r"[0-9A-Za-z]{2}(?:[-:][0-9A-Za-z]{1,2})+|[0-9A-Za-z]{4}(?:\.[0-9A-Za-z]{1,4})+")


@dataclass(frozen=True, slots=True)
class SoughtText:
    """A text without blanks around it, in lower case for comparing; ``mac_part`` is it without a MAC's separators."""

    text: str

    @property
    def lower(self) -> str:
        """The form in which it is compared."""
        return self.text.lower()

    @property
    def mac_part(self) -> str | None:
        """Its lower-case digits where it can be a part of a MAC address, however it was written."""
        bare = bare_mac(self.text)
        return bare.lower() if len(bare) <= max(_MAC_DIGITS) and _HEXADECIMAL.fullmatch(bare) else None

    @property
    def whole_mac(self) -> str | None:
        """Its upper-case digits where it can be a whole MAC address."""
        digits = self.mac_part
        return digits.upper() if digits is not None and len(digits) in _MAC_DIGITS else None

    @property
    def in_macs(self) -> tuple[str, ...]:
        """The forms in which a canonical MAC address may hold it: its digits may begin a pair or end one."""
        digits = "" if self.mac_part is None else self.mac_part.upper()
        begun = ("-".join(part for part in (digits[:odd], _paired(digits[odd:])) if part) for odd in (0, 1))
        return tuple(dict.fromkeys(filter(None, begun)))

    @property
    def shown(self) -> str:
        """What a sentence names: on one line, and cut where it is long."""
        line = " ".join(self.text.split())
        return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}\N{HORIZONTAL ELLIPSIS}"


def _paired(digits: str) -> str:
    return "-".join(digits[place : place + 2] for place in range(0, len(digits), 2))


def mistakes(sought: SoughtText) -> Iterator[tuple[EmptyListCode, Parameters]]:
    """What a text was probably meant to be, and can be no part of."""
    if _ADDRESS.fullmatch(sought.text):
        if address_key(sought.text) is None:
            yield EmptyListCode.NO_ADDRESS, {"search": sought.shown}
        return
    bare = bare_mac(sought.text)
    if not bare.isascii() or not bare.isalnum():
        return
    wrong = [character for character in dict.fromkeys(bare) if not _HEXADECIMAL.fullmatch(character)]
    if wrong:
        if _meant_as_mac(sought.text, bare, wrong):
            yield EmptyListCode.NO_MAC_PART, {"search": sought.shown, "characters": ", ".join(wrong)}
    elif len(bare) > min(_MAC_DIGITS) and len(bare) not in _MAC_DIGITS:
        yield EmptyListCode.NO_MAC_LENGTH, {"search": sought.shown, "digits": len(bare)}


def _meant_as_mac(text: str, bare: str, wrong: list[str]) -> bool:
    """Whether a text was meant as a part of a MAC address: it has its shape, or nearly only its digits."""
    if _MAC_SHAPE.fullmatch(text):
        return len(wrong) <= max(2, len(bare) // 4)
    has_digit = any(character.isdigit() for character in bare)
    return has_digit and SHORTEST <= len(bare) <= max(_MAC_DIGITS) and sum(map(bare.count, wrong)) * 3 <= len(bare)
