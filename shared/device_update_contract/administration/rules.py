"""Rules and the verbs on them (contract sections 2.1 and 5)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, StrictBool, model_validator

from device_update_contract.administration.base import Answer, Model, Moment, PageQuery, Sought, Statement, WholeNumber

RuleState = Literal["pending", "deployed", "removed", "empty"]


class RuleFile(Answer):
    """One image file of a version."""

    name: str
    signature: str | None
    size: int
    sha256: str
    timestamp: str | None


class RuleVersion(Answer):
    """What is in a slot of a rule, and who put it there when."""

    version: str
    package_id: str | None
    at: Moment
    account: str
    comment: str | None
    files: list[RuleFile]


class PendingTest(Answer):
    """How far the test devices that match a rule got with its pending version."""

    devices: int = 0
    offered: int = 0
    installed: int = 0
    failed: int = 0


class Rule(Answer):
    """A device class x update type with its three slots, and how many devices it touches."""

    id: str
    device_type: str
    brand: str
    vendor: str
    model: str
    revision: str
    locale: str
    update_type: str
    pending: RuleVersion | None
    approved: RuleVersion | None
    restore: RuleVersion | None
    state: RuleState
    change_number: int
    devices_matching: int
    devices_on_pending: int
    devices_on_approved: int
    devices_on_restore: int
    pending_test: PendingTest


class RuleHistoryEntry(Answer):
    """One verb on a rule."""

    id: str
    verb: str
    version: str
    at: Moment
    account: str
    comment: str | None
    replaced: str | None = None
    """The version that the verb took out of use; under a roll back, the version that was rolled back."""
    stored: bool
    """Whether the version's files are still stored, so that it can be rolled back to."""


class RuleFilter(Model):
    """Which rules are meant; every given field must hold."""

    state: Literal["pending", "deployed", "removed", "all"] = "all"
    search: Sought | None = None
    device_type: Sought | None = None
    brand: Sought | None = None
    vendor: Sought | None = None
    model: Sought | None = None
    revision: Sought | None = None
    locale: Sought | None = None
    update_type: Sought | None = None
    version: Sought | None = None


class RuleQuery(RuleFilter, PageQuery):
    """Parameters of ``GET /rules``."""


class RuleReference(Model):
    """One rule in a verb; a stale ``change_number`` is refused with ``changed-meanwhile``."""

    id: str
    change_number: WholeNumber | None = None
    version: str | None = None
    """Only for roll back: the version to roll back to instead of the restore slot's."""


class RuleVerbRequest(Model):
    """Approve, reject, roll back or remove: either named rules or all that match a filter."""

    rules: list[RuleReference] | None = Field(default=None, max_length=10_000)
    filter: RuleFilter | None = None
    expected_count: WholeNumber | None = Field(default=None, ge=0)
    version: str | None = None
    comment: str | None = Field(default=None, max_length=1000)
    preview: StrictBool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> RuleVerbRequest:
        if (self.rules is None) == (self.filter is None):
            raise ValueError("either 'rules' or 'filter' is expected")
        return self


class RefusedRule(Answer):
    """A rule that a verb did not change, and why."""

    id: str
    code: str
    detail: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class RuleNotice(Statement):
    """What a verb has to say of one of its rules; ``rule`` is what people call it."""

    rule_id: str
    rule: str


class RulePreview(Answer):
    """What a verb would do to one rule and the devices behind it."""

    rule: Rule
    version: str | None
    devices_affected: int
    downgrades: int
    bytes: int
    notices: list[Statement] = Field(default_factory=list)


class RuleVerbAnswer(Answer):
    """What a verb changed (or, as a preview, would change) and what it refused."""

    changed: list[Rule] = Field(default_factory=list)
    refused: list[RefusedRule] = Field(default_factory=list)
    preview: list[RulePreview] | None = None
    notices: list[RuleNotice] = Field(default_factory=list)
