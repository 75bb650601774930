"""An administrator at work on a real store: imports, verbs and devices in one line each, with a clock that is set."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tests.support.stores import Stores

from device_update_contract.administration.packages import Package
from device_update_contract.administration.rules import (
    Rule,
    RuleReference,
    RuleVerbAnswer,
    RuleVerbRequest,
    RuleVersion,
)
from device_update_contract.device_classes import DeviceClass
from device_update_contract.versions import Version
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.packages.package_inspection import PackagedFile, PackagedUpdate, PackageInspection
from device_update_service.storage import tables
from device_update_service.storage.rules.catalog_records import load_catalog
from device_update_service.storage.rules.image_records import delete_unreferenced_images
from device_update_service.usecases import rules
from device_update_service.usecases.outcomes import Actor, Outcome
from device_update_service.usecases.packages import (
    UploadedPackage,
    import_package,
    make_files_durable,
)

Answer = TypeVar("Answer")

VERBS: dict[str, Callable[..., Outcome[RuleVerbAnswer]]] = {
    "approve": rules.approve_rules,
    "reject": rules.reject_rules,
    "rollback": rules.roll_back_rules,
    "remove": rules.remove_rules,
}


@dataclass
class AdministeredStore:
    """A store and the one who changes it; `outcome` is that of the last change."""

    stores: Stores
    work: Path
    actor: Actor = field(default_factory=lambda: Actor("kenmyer", "127.0.0.1"))
    now: datetime = datetime(2013, 5, 3, 14, 2, tzinfo=UTC)
    outcome: Outcome[Any] | None = None
    _contents: itertools.count[int] = field(default_factory=itertools.count)

    def pass_hours(self, hours: float) -> None:
        """Let time pass."""
        self.now += timedelta(hours=hours)

    def change(self, use_case: Callable[[], Outcome[Answer]]) -> Answer:
        """Run a use case as the service does: in the writer, then delete the files that it set free."""
        outcome = self.stores.write(use_case)
        self.outcome = outcome
        if outcome.deleted_images:
            self.stores.write(partial(delete_unreferenced_images, self.stores.images, outcome.deleted_images))
        return outcome.answer

    def update(
        self,
        version: str,
        *,
        model: str = "CX700",
        brand: str = "Polycom",
        vendor: str | None = None,
        update_type: str = "CPE",
        content: str | None = None,
        signature: bool = True,
        device_type: str = "UCPhone",
    ) -> PackagedUpdate:
        """An update of one image file, unpacked in the work folder; its content follows from version or `content`."""
        image = self._content(f"image {content or version}")
        catalog = self._content(f"signature {content or version}")
        return PackagedUpdate(
            device_class=DeviceClass.parse(
                device_type=device_type, brand=brand, model=model, revision="A", locale="ENU"
            ),
            vendor=vendor or brand,
            update_type=update_type,
            version=Version.parse(version),
            release_date=None,
            description="a test",
            files=(
                PackagedFile(
                    "CPE.nbt",
                    _sha256(image),
                    image.stat().st_size,
                    datetime(2013, 4, 16, tzinfo=UTC),
                    image,
                    *(("CPE.cat", _sha256(catalog), catalog.stat().st_size, catalog) if signature else ()),
                ),
            ),
        )

    def import_(self, *updates: PackagedUpdate, name: str = "package.cab") -> Package:
        """Import a package of these updates."""
        inspection = PackageInspection((), updates)
        make_files_durable(self.stores.images, inspection)
        package = UploadedPackage(name, 1000, "ab" * 32)
        return self.change(
            partial(import_package, inspection, package, images=self.stores.images, actor=self.actor, now=self.now)
        )

    def import_version(self, version: str, **fields: Any) -> str:
        """Import a package of one update, and return the id of its rule."""
        rule_id = self.import_(self.update(version, **fields)).updates[0].rule_id
        assert rule_id is not None
        return rule_id

    def verb(self, verb: str, *rule_ids: str, version: str | None = None, **fields: Any) -> RuleVerbAnswer:
        """Carry out a verb on rules."""
        references = [RuleReference(id=rule_id, version=version) for rule_id in rule_ids]
        return self.verb_request(verb, RuleVerbRequest(rules=references, **fields))

    def verb_request(self, verb: str, request: RuleVerbRequest) -> RuleVerbAnswer:
        """Carry out a verb as requested."""
        return self.change(partial(VERBS[verb], request, actor=self.actor, now=self.now))

    def rule(self, rule_id: str) -> Rule:
        """A rule as the API shows it."""
        return self.stores.read(partial(rules.show_rule, rule_id))

    def slots(self, rule_id: str) -> tuple[str | None, str | None, str | None]:
        """The versions pending, approved and to restore."""
        rule = self.rule(rule_id)

        def version(slot: RuleVersion | None) -> str | None:
            return None if slot is None else slot.version

        return version(rule.pending), version(rule.approved), version(rule.restore)

    def catalog(self) -> CatalogSnapshot:
        """The catalog as the database holds it."""
        return self.stores.read(load_catalog)

    def is_served(self, version: str, *, model: str = "CX700", brand: str = "Polycom") -> bool:
        """Whether an image of this version is served now."""
        device_class = ("ucphone", brand.lower(), model.lower(), "a", "enu")
        found = self.catalog().find_file(device_class, Version.parse(version), "CPE", "CPE.nbt", self.now)
        assert found is None or self.stores.images.path(found.sha256).is_file()
        return found is not None

    def add_device(
        self,
        mac: str | None,
        installed: str | None = None,
        *,
        vendor: str = "Polycom",
        model: str = "CX700",
        status: str = "up-to-date",
        **columns: Any,
    ) -> int:
        """A device record as checks leave it."""
        device_class = ("UCPhone", vendor, model, "A", "ENU")
        values: dict[str, Any] = {
            "mac": mac,
            "device_type": "UCPhone",
            "vendor": vendor,
            "model": model,
            "revision": "A",
            "locale": "ENU",
            "class_key": "/".join(device_class).lower(),
            "modules": "[]",
            "installed_version": installed,
            "installed_key": None if installed is None else Version.parse(installed).key,
            "users": "[]",
            "first_seen_at": to_milliseconds(self.now),
            "decision_code": "up-to-date",
            "decision_parameters": json.dumps({"version": installed}),
            "decision_since": to_milliseconds(self.now),
            "offer_attempts": 0,
            "target_reported_since": False,
            "status": status,
            "status_since": to_milliseconds(self.now),
            "notes_by_service": "{}",
        }

        def add() -> int:
            row = tables.Device.create(**(values | columns))
            tables.DeviceActivity.create(
                device_id=row.id, last_check_at=to_milliseconds(self.now), next_check_at=0, report_key=0
            )
            return int(row.id)

        return self.stores.write(add)

    def _content(self, text: str) -> Path:
        path = self.work / f"{next(self._contents):08d}"
        path.write_bytes(text.encode())
        return path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
