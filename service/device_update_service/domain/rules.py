"""A rule (device class x update type) with its three version slots and its history (contract 2.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from device_update_contract.device_classes import DeviceClass
from device_update_contract.identifiers import file_name_key
from device_update_contract.versions import Version

ContentKey = tuple[str, str, str | None]
"""File name key, SHA-256, SHA-256 of the signature or None."""


class Verb(StrEnum):
    """What can be done to a rule."""

    IMPORT = "import"
    APPROVE = "approve"
    REJECT = "reject"
    ROLL_BACK = "roll-back"
    ROLL_BACK_TO = "roll-back-to"
    REMOVE = "remove"


class RuleState(StrEnum):
    """The state in which lists show a rule."""

    PENDING = "pending"
    DEPLOYED = "deployed"
    REMOVED = "removed"
    EMPTY = "empty"


class SlotName(StrEnum):
    """The three version slots."""

    PENDING = "pending"
    APPROVED = "approved"
    RESTORE = "restore"


APPROVING_VERBS = frozenset({Verb.APPROVE, Verb.ROLL_BACK, Verb.ROLL_BACK_TO})
"""Verbs after which `approved` holds the version of their history entry."""

ROLLING_BACK_VERBS = frozenset({Verb.ROLL_BACK, Verb.ROLL_BACK_TO})


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One image file of an update and, beside it, its signature catalog where there is one; sizes in bytes."""

    name: str
    sha256: str
    size: int
    timestamp: str | None = None
    signature: str | None = None
    signature_sha256: str | None = None
    signature_size: int | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """One version for one rule, immutable once imported, but for `stored`: whether its files are on disk."""

    id: int
    version: Version
    package_id: int | None
    files: tuple[ImageFile, ...]
    imported_at: datetime
    stored: bool = True

    def content(self) -> frozenset[ContentKey]:
        """What must never change under a version: the set of (file name, SHA-256, signature SHA-256)."""
        return frozenset((file_name_key(file.name), file.sha256, file.signature_sha256) for file in self.files)

    @property
    def bytes_total(self) -> int:
        """Bytes of all image files; signature files do not count."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Slot:
    """An update in a slot, with who put it there, when and by which verb."""

    update: Update
    at: datetime
    account: str
    comment: str | None = None
    verb: Verb = Verb.IMPORT


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One verb carried out on a rule.

    `version` is what the verb was about: imported, approved, rejected, rolled back to; for a removal the version that
    was approved, else pending, else the last imported. `replaced` is the version that this verb took out of
    `approved`: under a roll back, that is the version marked as rolled back.
    """

    version: Version
    update_id: int
    verb: Verb
    at: datetime
    account: str
    comment: str | None = None
    replaced: Version | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule at one change number. `updates` is every update ever imported for it, purged ones too."""

    id: int
    device_class: DeviceClass
    update_type: str
    vendor: str
    pending: Slot | None = None
    approved: Slot | None = None
    restore: Slot | None = None
    approved_by_roll_back: bool = False
    removed: bool = False
    change_number: int = 0
    history: tuple[HistoryEntry, ...] = field(default=(), repr=False)
    updates: tuple[Update, ...] = field(default=(), repr=False)

    @property
    def state(self) -> RuleState:
        """The state by the first slot that is set."""
        if self.pending is not None:
            return RuleState.PENDING
        if self.approved is not None:
            return RuleState.DEPLOYED
        return RuleState.REMOVED if self.removed else RuleState.EMPTY

    @property
    def key(self) -> tuple[tuple[str, str, str, str, str], str]:
        """Device class and update type, in the form in which rules are compared."""
        return (self.device_class.key, self.update_type.lower())

    def slot(self, name: SlotName) -> Slot | None:
        """The content of one slot."""
        if name is SlotName.PENDING:
            return self.pending
        return self.approved if name is SlotName.APPROVED else self.restore

    def slots(self) -> dict[SlotName, Slot]:
        """The slots that are set."""
        return {name: slot for name in SlotName if (slot := self.slot(name)) is not None}

    def update_of(self, version: Version) -> Update | None:
        """The update imported under this version, stored or purged."""
        return next((update for update in self.updates if update.version == version), None)

    def approved_versions(self) -> tuple[Version, ...]:
        """Every version that ever was approved, the last approved first, each once."""
        seen: dict[Version, None] = {}
        for entry in reversed(self.history):
            if entry.verb in APPROVING_VERBS:
                seen.setdefault(entry.version)
        return tuple(seen)
