"""Device class: DeviceType x Brand x Model x Revision x Locale, compared without regard to case."""

from __future__ import annotations

from dataclasses import dataclass

from device_update_contract.identifiers import parse_class_field

DEFAULT_DEVICE_TYPE = "UCPhone"
DEFAULT_REVISION = "A"
DEFAULT_LOCALE = "ENU"
DEFAULT_UPDATE_TYPE = "CPE"


@dataclass(frozen=True, slots=True)
class DeviceClass:
    """A class of devices in the spelling it was first seen; use `key` to compare."""

    device_type: str
    brand: str
    model: str
    revision: str
    locale: str

    @classmethod
    def parse(cls, *, device_type: str, brand: str, model: str, revision: str, locale: str) -> DeviceClass:
        """Check every field against contract section 1.

        Raises:
            InvalidIdentifier: naming the first field that is wrong.
        """
        return cls(
            parse_class_field("DeviceType", device_type),
            parse_class_field("Brand", brand),
            parse_class_field("Model", model),
            parse_class_field("Revision", revision),
            parse_class_field("Locale", locale),
        )

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """The five fields in lower case."""
        return (
            self.device_type.lower(),
            self.brand.lower(),
            self.model.lower(),
            self.revision.lower(),
            self.locale.lower(),
        )

    def __str__(self) -> str:
        return f"{self.device_type} {self.brand} {self.model} {self.revision} {self.locale}"
