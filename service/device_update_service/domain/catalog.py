"""The catalog snapshot: rules, test devices and settings at one generation, indexed for the check (contract 2.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from device_update_contract.versions import Version
from device_update_service.domain.rules import ImageFile, Rule, Update


class IdentifierType(StrEnum):
    """By what a test device is named."""

    MAC = "mac"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class TestDevice:
    """A device that receives pending updates; a MAC is in its canonical form, a serial as given."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    id: int
    name: str
    identifier_type: IdentifierType
    identifier: str


@dataclass(frozen=True, slots=True)
class DecisionSettings:
    """The settings that decide a check; intervals in seconds (contract section 7)."""

    check_interval_seconds: int = 86400
    test_device_check_interval_seconds: int = 900
    more_due_check_interval_seconds: int = 900
    deploy_on_import: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SupersededUpdate:
    """An update that no slot refers to any more, but whose files are served until a time (contract 3.1)."""

    rule_id: int
    update: Update
    serve_until: datetime


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file that an image path names: an image or its signature catalog."""

    rule: Rule
    update: Update
    image: ImageFile
    name: str
    sha256: str
    size: int
    is_signature: bool
    serve_until: datetime | None


class CatalogSnapshot:
    """An immutable catalog with its generation number; everything is indexed once, at construction."""

    __slots__ = ("generation", "rules", "settings", "superseded", "test_devices")

    def __init__(
        self,
        generation: int,
        rules: Iterable[Rule] = (),
        test_devices: Iterable[TestDevice] = (),
        settings: DecisionSettings | None = None,
        superseded: Iterable[SupersededUpdate] = (),
    ) -> None:
        raise NotImplementedError

    def matching_rules(self, device_type: str, vendor: str, model: str, revision: str, locale: str) -> tuple[Rule, ...]:
        """The rules for a check, in the order of update type; removed rules match nothing."""
        raise NotImplementedError

    def is_test_device(self, mac: str | None, serial: str | None) -> bool:
        """Whether a device with this canonical MAC or this serial number receives pending updates."""
        raise NotImplementedError

    def find_file(
        self,
        device_class: tuple[str, str, str, str, str],
        version: Version,
        update_type: str,
        file_name: str,
        now: datetime,
    ) -> ServedFile | None:
        """The file that an image path names, if it is served at this time; all parts are compared as section 1 says.

        `device_class` is DeviceType, Brand, Model, Revision, Locale in any case.
        """
        raise NotImplementedError

    def rule(self, rule_id: int) -> Rule | None:
        """The rule with this id, also a removed one."""
        raise NotImplementedError
