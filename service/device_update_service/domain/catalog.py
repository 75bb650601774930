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
_RuleKey = tuple[str, str]
_Served = tuple[Rule, Update, datetime | None]


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
    """A catalog with its generation number; its content never changes.

    Rules are indexed at construction. What a check needs of a rule is made when the first such check comes, and kept:
    a new generation of many rules costs little, and a class that no rule matches leaves nothing behind.
    """

    __slots__ = (
        "_by_brand",
        "_by_vendor",
        "_prepared",
        "_rules",
        "_served",
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
        live = sorted((rule for rule in self.rules if not rule.removed), key=lambda rule: rule.update_type.lower())
        self._by_brand = _index_by_brand(live)
        self._by_vendor = _index_by_vendor(live)
        self._prepared: dict[str, tuple[PreparedRule, ...]] = {}
        self._test_macs = _identifiers(self.test_devices, IdentifierType.MAC)
        self._test_serials = _identifiers(self.test_devices, IdentifierType.SERIAL)
        self._served = _index_served(live, self.superseded, self._rules)

    def prepared_rules(
        self, device_type: str, vendor: str, model: str, revision: str, locale: str
    ) -> tuple[PreparedRule, ...]:
        """The rules for a check with their ready decisions, in the order of update type; removed rules match nothing.

        The check's vendor is a rule's brand; only where no rule matches so, it is a rule's vendor, and of several
        such rules with one update type the one with the smallest brand counts.
        """
        key = _match_key(device_type, vendor, model, revision, locale)
        prepared = self._prepared.get(key)
        if prepared is None:
            matching = self._by_brand.get(key) or self._by_vendor.get(key)
            if matching is None:
                return ()
            prepared = self._prepared[key] = tuple(prepare_rule(rule) for rule in matching)
        return prepared

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
        key = (_match_key(device_type, brand, model, revision, locale), update_type.lower())
        for rule, update, serve_until in self._served.get(key, ()):
            if update.version.numbers == version.numbers and (serve_until is None or serve_until > now):
                return _file_of(rule, update, serve_until, file_name_key(file_name))
        return None

    def rule(self, rule_id: int) -> Rule | None:
        """The rule with this id, also a removed one."""
        return self._rules.get(rule_id)


def _match_key(device_type: str, brand_or_vendor: str, model: str, revision: str, locale: str) -> str:
    """One text for five fields: a class field holds no line end."""
    return f"{device_type}\n{brand_or_vendor}\n{model}\n{revision}\n{locale}".lower()


def _rule_key(rule: Rule, brand_or_vendor: str) -> str:
    device = rule.device_class
    return _match_key(device.device_type, brand_or_vendor, device.model, device.revision, device.locale)


def _index_by_brand(live: list[Rule]) -> dict[str, tuple[Rule, ...]]:
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in live:
        found[_rule_key(rule, rule.device_class.brand)].append(rule)
    return {key: tuple(matching) for key, matching in found.items()}


def _index_by_vendor(live: list[Rule]) -> dict[str, tuple[Rule, ...]]:
    """By vendor, one rule for each update type: that with the smallest brand. Keeps the order of update type."""
    found: dict[str, dict[str, Rule]] = defaultdict(dict)
    for rule in live:
        matching = found[_rule_key(rule, rule.vendor)]
        other = matching.get(rule.update_type.lower())
        if other is None or rule.device_class.brand.lower() < other.device_class.brand.lower():
            matching[rule.update_type.lower()] = rule
    return {key: tuple(matching.values()) for key, matching in found.items()}


def _identifiers(test_devices: Iterable[TestDevice], identifier_type: IdentifierType) -> frozenset[str]:
    """The identifiers of one type in the form in which they are compared; canonical MACs are upper case too."""
    return frozenset(
        serial_key(device.identifier) for device in test_devices if device.identifier_type is identifier_type
    )


def _index_served(
    live: Iterable[Rule], superseded: Iterable[SupersededUpdate], by_id: Mapping[int, Rule]
) -> dict[_RuleKey, list[_Served]]:
    """The updates that may be served for each rule; those to which a slot refers stand before those within a grace."""
    served: dict[_RuleKey, list[_Served]] = defaultdict(list)
    for rule in live:
        slots = rule.slots().values()
        served[_rule_key(rule, rule.device_class.brand), rule.update_type.lower()] = [
            (rule, slot.update, None) for slot in slots
        ]
    for old in superseded:
        owner = by_id.get(old.rule_id)
        if owner is not None and not owner.removed:
            key = (_rule_key(owner, owner.device_class.brand), owner.update_type.lower())
            served[key].append((owner, old.update, old.serve_until))
    return dict(served)


def _file_of(rule: Rule, update: Update, serve_until: datetime | None, name_key: str) -> ServedFile | None:
    """The image or, where none is called so, the signature catalog of this name."""
    for image in update.files:
        if file_name_key(image.name) == name_key:
            return ServedFile(
                rule, update, image, image.name, image.sha256, image.size, is_signature=False, serve_until=serve_until
            )
    for image in update.files:
        name, sha256, size = image.signature, image.signature_sha256, image.signature_size
        if name is not None and sha256 is not None and size is not None and file_name_key(name) == name_key:
            return ServedFile(rule, update, image, name, sha256, size, is_signature=True, serve_until=serve_until)
    return None
