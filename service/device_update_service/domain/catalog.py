"""The catalog snapshot: rules, test devices and settings at one generation, indexed for the check (contract 2.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from device_update_contract.identifiers import file_name_key, serial_key
from device_update_contract.versions import Version
from device_update_service.domain.prepared_rules import PreparedRule, prepare_rule
from device_update_service.domain.rules import ImageFile, Rule, Update

ClassKey = tuple[str, str, str, str, str]
_FileKey = tuple[str, str, tuple[int, int, int, int], str]


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
    """A catalog with its generation number; never changed, everything is indexed once at construction."""

    __slots__ = (
        "_by_brand",
        "_by_vendor",
        "_files",
        "_rules",
        "_test_macs",
        "_test_serials",
        "generation",
        "rules",
        "settings",
        "superseded",
        "test_devices",
    )

    def __init__(
        self,
        generation: int,
        rules: Iterable[Rule] = (),
        test_devices: Iterable[TestDevice] = (),
        settings: DecisionSettings | None = None,
        superseded: Iterable[SupersededUpdate] = (),
    ) -> None:
        self.generation = generation
        self.rules = tuple(rules)
        self.test_devices = tuple(test_devices)
        self.settings = settings or DecisionSettings()
        self.superseded = tuple(superseded)
        self._rules = {rule.id: rule for rule in self.rules}
        live = [prepare_rule(rule) for rule in self.rules if not rule.removed]
        live.sort(key=lambda prepared: prepared.rule.update_type.lower())
        self._by_brand = _index_by_brand(live)
        self._by_vendor = _index_by_vendor(live)
        self._test_macs = _identifiers(self.test_devices, IdentifierType.MAC)
        self._test_serials = _identifiers(self.test_devices, IdentifierType.SERIAL)
        self._files = _index_files(self.rules, self.superseded, self._rules)

    def prepared_rules(
        self, device_type: str, vendor: str, model: str, revision: str, locale: str
    ) -> tuple[PreparedRule, ...]:
        """The rules for a check with their ready decisions, in the order of update type; see `matching_rules`."""
        key = _match_key(device_type, vendor, model, revision, locale)
        return self._by_brand.get(key) or self._by_vendor.get(key, ())

    def matching_rules(self, device_type: str, vendor: str, model: str, revision: str, locale: str) -> tuple[Rule, ...]:
        """The rules for a check, in the order of update type; removed rules match nothing.

        The check's vendor is a rule's brand; only where no rule matches so, it is a rule's vendor, and of several
        such rules with one update type the one with the smallest brand counts.
        """
        return tuple(p.rule for p in self.prepared_rules(device_type, vendor, model, revision, locale))

    def is_test_device(self, mac: str | None, serial: str | None) -> bool:
        """Whether a device with this canonical MAC or this serial number receives pending updates."""
        return (mac is not None and mac in self._test_macs) or (
            serial is not None and bool(self._test_serials) and serial_key(serial) in self._test_serials
        )

    def find_file(
        self,
        device_class: ClassKey,
        version: Version,
        update_type: str,
        file_name: str,
        now: datetime,
    ) -> ServedFile | None:
        """The file that an image path names, if it is served at this time; all parts are compared as section 1 says.

        `device_class` is DeviceType, Brand, Model, Revision, Locale in any case.
        """
        device_type, brand, model, revision, locale = device_class
        key = (
            _match_key(device_type, brand, model, revision, locale),
            update_type.lower(),
            version.numbers,
            file_name_key(file_name),
        )
        found = self._files.get(key)
        if found is None or (found.serve_until is not None and found.serve_until <= now):
            return None
        return found

    def rule(self, rule_id: int) -> Rule | None:
        """The rule with this id, also a removed one."""
        return self._rules.get(rule_id)


def _match_key(device_type: str, brand_or_vendor: str, model: str, revision: str, locale: str) -> str:
    """One text for five fields: a class field holds no line end."""
    return f"{device_type}\n{brand_or_vendor}\n{model}\n{revision}\n{locale}".lower()


def _index_by_brand(live: list[PreparedRule]) -> dict[str, tuple[PreparedRule, ...]]:
    found: dict[str, list[PreparedRule]] = defaultdict(list)
    for prepared in live:
        device = prepared.rule.device_class
        found[_match_key(device.device_type, device.brand, device.model, device.revision, device.locale)].append(
            prepared
        )
    return {key: tuple(matching) for key, matching in found.items()}


def _index_by_vendor(live: list[PreparedRule]) -> dict[str, tuple[PreparedRule, ...]]:
    """By vendor, one rule for each update type: that with the smallest brand. Keeps the order of update type."""
    found: dict[str, dict[str, PreparedRule]] = defaultdict(dict)
    for prepared in live:
        rule, device = prepared.rule, prepared.rule.device_class
        matching = found[_match_key(device.device_type, rule.vendor, device.model, device.revision, device.locale)]
        other = matching.get(rule.update_type.lower())
        if other is None or device.brand.lower() < other.rule.device_class.brand.lower():
            matching[rule.update_type.lower()] = prepared
    return {key: tuple(matching.values()) for key, matching in found.items()}


def _identifiers(test_devices: Iterable[TestDevice], identifier_type: IdentifierType) -> frozenset[str]:
    """The identifiers of one type in the form in which they are compared; canonical MACs are upper case too."""
    return frozenset(
        serial_key(device.identifier) for device in test_devices if device.identifier_type is identifier_type
    )


def _index_files(
    rules: Iterable[Rule], superseded: Iterable[SupersededUpdate], by_id: Mapping[int, Rule]
) -> dict[_FileKey, ServedFile]:
    """Every file that may be served; one to which a slot refers wins over one within its grace."""
    files: dict[_FileKey, ServedFile] = {}
    for rule in rules:
        for slot in rule.slots().values():
            _add_files(files, rule, slot.update, None)
    for old in superseded:
        owner = by_id.get(old.rule_id)
        if owner is not None and not owner.removed:
            _add_files(files, owner, old.update, old.serve_until)
    return files


def _add_files(files: dict[_FileKey, ServedFile], rule: Rule, update: Update, serve_until: datetime | None) -> None:
    device = rule.device_class
    where = _match_key(device.device_type, device.brand, device.model, device.revision, device.locale)

    def add(image: ImageFile, name: str, sha256: str, size: int, *, is_signature: bool) -> None:
        key = (where, rule.update_type.lower(), update.version.numbers, file_name_key(name))
        files.setdefault(key, ServedFile(rule, update, image, name, sha256, size, is_signature, serve_until))

    for image in update.files:
        add(image, image.name, image.sha256, image.size, is_signature=False)
    for image in update.files:
        if image.signature is not None and image.signature_sha256 is not None and image.signature_size is not None:
            add(image, image.signature, image.signature_sha256, image.signature_size, is_signature=True)
