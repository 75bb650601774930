"""A look at the main database that changes nothing: no migration, no pragma that stays, no connection that is kept.

For `doctor`, which may be of another version than the service that runs.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from device_update_contract.device_classes import DeviceClass
from device_update_contract.image_paths import ImagePath
from device_update_contract.settings import SETTINGS
from device_update_contract.versions import Version
from device_update_service.storage.errors import StorageUnavailable
from device_update_service.storage.schema_history import known_migrations

_SECONDS = 3
_APPROVED = """
SELECT rule.device_type, rule.brand, rule.model, rule.revision, rule.locale,
       rule_update.version, rule.update_type, image_file.name, image_file.sha256, image_file.size
FROM rule
JOIN rule_slot ON rule_slot.rule_id = rule.id AND rule_slot.slot = 'approved'
JOIN rule_update ON rule_update.id = rule_slot.update_id
JOIN image_file ON image_file.update_id = rule_update.id
WHERE NOT rule.removed
ORDER BY rule_slot.at DESC, image_file.id
LIMIT 10000
"""


@dataclass(frozen=True, slots=True)
class ApprovedImage:
    """An image file that is approved now; ``size`` is in bytes."""

    path: ImagePath
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class DatabaseGlance:
    """The migrations that were applied, those that this version brings, and two things that devices depend on."""

    applied: tuple[str, ...]
    known: tuple[str, ...]
    disk_free_warning: int
    approved: tuple[ApprovedImage, ...]
    """What is approved now, the newest first, at most 10,000 files; empty when the schema is not this version's."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Migrations that the next start would apply."""
        return tuple(sorted(set(self.known) - set(self.applied)))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Migrations of a newer version of the service."""
        return tuple(sorted(set(self.applied) - set(self.known)))


def glance_at_database(path: Path) -> DatabaseGlance:
    """Look at the database, also while the service runs.

    Raises:
        StorageUnavailable: it is not there, cannot be read, or is no database of this service.
    """
    known = known_migrations()
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_SECONDS)) as database:
            applied = tuple(sorted(name for (name,) in database.execute("SELECT name FROM schema_migration")))
            if applied != known:
                return DatabaseGlance(applied, known, _default_warning(), ())
            return DatabaseGlance(applied, known, _disk_free_warning(database), tuple(_approved(database)))
    except sqlite3.Error as error:
        raise StorageUnavailable(f"The database {path} cannot be read: {error}.") from error


def _default_warning() -> int:
    return int(str(SETTINGS["disk_free_warning"].default))


def _disk_free_warning(database: sqlite3.Connection) -> int:
    row = database.execute("SELECT value FROM setting WHERE name = 'disk_free_warning'").fetchone()
    return _default_warning() if row is None else int(json.loads(row[0]))


def _approved(database: sqlite3.Connection) -> Iterator[ApprovedImage]:
    for device_type, brand, model, revision, locale, version, update_type, name, sha256, size in database.execute(
        _APPROVED
    ):
        device_class = DeviceClass(device_type, brand, model, revision, locale)
        yield ApprovedImage(ImagePath(device_class, Version.parse(version), update_type, name), sha256, size)
