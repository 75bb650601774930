"""The realistic mix of device models and versions, and who device n of a seed is.

Models and their shares are those of the inventory that Microsoft printed for the original system; the HP models are
listed for it without a count and get a small one here. Which share runs which version is our assumption: most devices
a few versions behind, some on the version they were delivered with. No I/O, no clock, no state: device n of a seed is
always the same device, whatever the size of the fleet.
"""

from __future__ import annotations

import bisect
import hashlib
import itertools
from dataclasses import dataclass
from typing import Final

from device_update_contract.identifiers import MacAddress, SerialNumber

MAX_DEVICES: Final = 1 << 24
"""A vendor prefix leaves 24 bits for the device, so a larger fleet could not have a MAC address each."""

IMAGE_FILE: Final = "CPE.nbt"


@dataclass(frozen=True, slots=True, eq=False)
class DeviceModel:
    """One model as it names itself; ``share`` and the versions' shares are relative weights.

    Compared by identity: there is one object per model, and it is a key in the hot path.
    """

    vendor: str
    model: str
    share: int
    mac_prefix: str
    serial_prefix: str
    versions: tuple[tuple[str, int], ...]
    device_type: str = "UCPhone"
    revision: str = "A"
    locale: str = "ENU"

    @property
    def title(self) -> str:
        """What a report calls it."""
        return f"{self.vendor} {self.model}"


_POLYCOM: Final = "00-04-F2"
_AASTRA: Final = "00-08-5D"
_LG_NORTEL: Final = "00-40-5A"
_MICROSOFT: Final = "00-50-F2"
_HP: Final = "00-1A-4B"

_TANJAY: Final = (("1.0.199.123", 3), ("1.0.522.73", 5), ("1.0.522.101", 32), ("3.5.6907.35", 25), ("3.5.6907.187", 35))
"""The older phones; the way from 1.0.199 to 3.5.6907 leads over 1.0.522."""

_ARIES: Final = (
    ("4.0.7423.1", 5),
    ("4.0.7577.4066", 40),
    ("4.0.7577.4363", 20),
    ("4.0.7577.4366", 20),
    ("4.0.7577.4372", 15),
)

MODELS: Final = (
    DeviceModel("Polycom", "CX700", 200, _POLYCOM, "PC7", _TANJAY),
    # The same phone under the vendor's older spelling: names are compared without regard to case.
    DeviceModel("POLYCOM", "CX700", 67, _POLYCOM, "PC7", _TANJAY),
    DeviceModel("Polycom", "CX600", 267, _POLYCOM, "PC6", _ARIES),
    DeviceModel("Microsoft", "CPE", 68, _MICROSOFT, "MSC", _TANJAY),
    DeviceModel("LG-Nortel", "IP8540", 64, _LG_NORTEL, "LGN", _TANJAY),
    DeviceModel("Aastra", "6725ip", 59, _AASTRA, "AA5", _ARIES),
    DeviceModel("Polycom", "CX3000", 22, _POLYCOM, "PC3", _ARIES),
    DeviceModel("Polycom", "CX500", 9, _POLYCOM, "PC5", _ARIES),
    DeviceModel("Aastra", "6721ip", 7, _AASTRA, "AA1", _ARIES),
    DeviceModel("HP", "4120", 12, _HP, "HP2", _ARIES),
    DeviceModel("HP", "4110", 4, _HP, "HP1", _ARIES),
)

_MODEL_BOUNDS: Final = tuple(itertools.accumulate(model.share for model in MODELS))
_VERSION_BOUNDS: Final = {model: tuple(itertools.accumulate(share for _, share in model.versions)) for model in MODELS}


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """Who a virtual device is and what it ran when the fleet began."""

    number: int
    model: DeviceModel
    mac: MacAddress
    serial: SerialNumber
    user: str
    first_version: str


def draw(seed: int, number: int, occasion: str) -> float:
    """A number in [0, 1) that is the same whenever device ``number`` of ``seed`` meets the same occasion.

    No shared generator: what one device draws must not depend on the order in which answers come back.
    """
    digest = hashlib.blake2b(b"%d/%d/%b" % (seed, number, occasion.encode()), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / (1 << 53)


def identity_of(seed: int, number: int) -> DeviceIdentity:
    """Device ``number`` (from 0, below `MAX_DEVICES`) of a seed.

    No two devices of a seed have one MAC address or serial number: both hold the number, stirred one-to-one.
    """
    if not 0 <= number < MAX_DEVICES:
        raise ValueError(f"device {number} is not between 0 and {MAX_DEVICES - 1}")
    point = draw(seed, number, "model") * _MODEL_BOUNDS[-1]
    model = MODELS[bisect.bisect_right(_MODEL_BOUNDS, point)]
    bounds = _VERSION_BOUNDS[model]
    version, _ = model.versions[bisect.bisect_right(bounds, draw(seed, number, "version") * bounds[-1])]
    stirred = _stir(seed, number)
    low = f"{stirred:06X}"
    mac = MacAddress(f"{model.mac_prefix}-{low[0:2]}-{low[2:4]}-{low[4:6]}")
    serial = SerialNumber(f"{model.serial_prefix}-{stirred:08d}")
    return DeviceIdentity(number, model, mac, serial, f"user{number}@example.com", version)


def _stir(seed: int, number: int) -> int:
    """A one-to-one map of 24 bits: multiplying by an odd number and adding lose nothing modulo 2^24."""
    offset = int.from_bytes(hashlib.blake2b(b"%d" % seed, digest_size=3).digest())
    return (number * 0x9E3779 + offset) % MAX_DEVICES
