"""The verbs on a rule, as one table: guards, effects on the slots, and what happens to replaced files (contract 2.1).

Nothing here knows an account's permissions, the store or the clock. `deploy_on_import` is the use case's: it applies
`Import` and then `Approve`. `unknown-rule` is the use case's too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from device_update_contract.reasons import NoticeCode, VerbRefusalCode
from device_update_contract.versions import Version
from device_update_service.domain.rules import HistoryEntry, Rule, Slot, SlotName, Update, Verb
from device_update_service.domain.verbs import (
    Action,
    Approve,
    Import,
    Notice,
    Reject,
    Remove,
    RollBack,
    RollBackTo,
    Transition,
    VerbRefused,
)


class Guard(Enum):
    """What must hold before a verb."""

    PENDING_SET = "a version is pending"
    RESTORE_SET = "there is a version to restore"
    NOT_APPROVED_NOW = "the version is not the approved one"
    APPROVED_ONCE = "the version was approved once"
    FILES_STORED = "the version's files are stored"
    CONTENT_SAME = "the version was not imported with other content"


GUARD_REFUSALS: Mapping[Guard, VerbRefusalCode] = {
    Guard.PENDING_SET: VerbRefusalCode.NOTHING_PENDING,
    Guard.RESTORE_SET: VerbRefusalCode.NO_EARLIER_VERSION,
    Guard.NOT_APPROVED_NOW: VerbRefusalCode.ALREADY_APPROVED,
    Guard.APPROVED_ONCE: VerbRefusalCode.NO_EARLIER_VERSION,
    Guard.FILES_STORED: VerbRefusalCode.VERSION_NOT_STORED,
    Guard.CONTENT_SAME: VerbRefusalCode.VERSION_CONTENT_DIFFERS,
}
"""The code of the refusal where a guard does not hold."""


class Source(Enum):
    """Where a slot's content comes from."""

    KEEP = "what it held"
    NONE = "nothing"
    TARGET = "the update that the verb is about"
    APPROVED_IF_ANY = "the approved version; what it held where none was approved"


class Replaced(Enum):
    """What happens to the files of updates to which no slot refers any more (contract 3.1)."""

    SERVED_FOR_GRACE = "served for superseded_grace_hours"
    STOPS = "not served from now on"
    ALL_STOP = "no file of the rule is served from now on, whatever grace it had"


@dataclass(frozen=True, slots=True)
class VerbRow:
    """One verb. `driving` is the slot whose version drives an equal one out of the other slots; None: it stays so."""

    guards: tuple[Guard, ...]
    pending: Source
    approved: Source
    restore: Source
    replaced: Replaced
    driving: SlotName | None = None
    by_roll_back: bool | None = None
    removed: bool | None = None

    def source(self, slot: SlotName) -> Source:
        """Where a slot's content comes from under this verb."""
        if slot is SlotName.PENDING:
            return self.pending
        return self.approved if slot is SlotName.APPROVED else self.restore


TRANSITIONS: Mapping[Verb, VerbRow] = {
    Verb.IMPORT: VerbRow(
        guards=(Guard.CONTENT_SAME,),
        pending=Source.TARGET,
        approved=Source.KEEP,
        restore=Source.KEEP,
        replaced=Replaced.SERVED_FOR_GRACE,
        driving=SlotName.PENDING,
        removed=False,
    ),
    Verb.APPROVE: VerbRow(
        guards=(Guard.PENDING_SET, Guard.FILES_STORED),
        pending=Source.NONE,
        approved=Source.TARGET,
        restore=Source.APPROVED_IF_ANY,
        replaced=Replaced.SERVED_FOR_GRACE,
        driving=SlotName.APPROVED,
        by_roll_back=False,
    ),
    Verb.REJECT: VerbRow(
        guards=(Guard.PENDING_SET,),
        pending=Source.NONE,
        approved=Source.KEEP,
        restore=Source.KEEP,
        replaced=Replaced.STOPS,
    ),
    Verb.ROLL_BACK: VerbRow(
        guards=(Guard.RESTORE_SET, Guard.FILES_STORED),
        pending=Source.KEEP,
        approved=Source.TARGET,
        restore=Source.NONE,
        replaced=Replaced.STOPS,
        driving=SlotName.APPROVED,
        by_roll_back=True,
    ),
    Verb.ROLL_BACK_TO: VerbRow(
        guards=(Guard.NOT_APPROVED_NOW, Guard.APPROVED_ONCE, Guard.FILES_STORED),
        pending=Source.KEEP,
        approved=Source.TARGET,
        restore=Source.NONE,
        replaced=Replaced.STOPS,
        driving=SlotName.APPROVED,
        by_roll_back=True,
        removed=False,
    ),
    Verb.REMOVE: VerbRow(
        guards=(),
        pending=Source.NONE,
        approved=Source.NONE,
        restore=Source.NONE,
        replaced=Replaced.ALL_STOP,
        by_roll_back=False,
        removed=True,
    ),
}
"""The whole life of a rule."""

VERB_OF: Mapping[type[Action], Verb] = {
    Import: Verb.IMPORT,
    Approve: Verb.APPROVE,
    Reject: Verb.REJECT,
    RollBack: Verb.ROLL_BACK,
    RollBackTo: Verb.ROLL_BACK_TO,
    Remove: Verb.REMOVE,
}


@dataclass(frozen=True, slots=True)
class _Request:
    """One verb on one rule, with the update and version it is about, as far as the rule knows them."""

    verb: Verb
    target: Update | None
    version: Version | None
    account: str
    now: datetime
    comment: str | None
    incoming: Update | None = None
    notices: list[Notice] = field(default_factory=list)


def apply(
    rule: Rule,
    action: Action,
    *,
    account: str,
    now: datetime,
    comment: str | None = None,
    expected_change_number: int | None = None,
) -> Transition:
    """Carry out one verb on one rule.

    Raises:
        VerbRefused: the rule is as it was.
    """
    if expected_change_number is not None and expected_change_number != rule.change_number:
        raise VerbRefused(
            VerbRefusalCode.CHANGED_MEANWHILE,
            {"change_number": rule.change_number, "expected_change_number": expected_change_number},
        )
    target, version = _target(rule, action)
    request = _Request(
        verb=VERB_OF[type(action)],
        target=target,
        version=version,
        account=account,
        now=now,
        comment=comment,
        incoming=action.update if isinstance(action, Import) else None,
    )
    row = TRANSITIONS[request.verb]
    for guard in row.guards:
        _require(guard, rule, request)
    if isinstance(action, Import):
        return _import(rule, row, request, action.vendor)
    if request.verb is Verb.REMOVE and rule.removed and not rule.slots():
        return Transition(rule, changed=False)
    return _carry_out(rule, row, request)


def _target(rule: Rule, action: Action) -> tuple[Update | None, Version | None]:
    """The update a verb is about and its version; an import of a known version is about the update already known."""
    match action:
        case Import(update=update):
            known = rule.update_of(update.version)
            return (known and replace(known, stored=True)) or replace(update, stored=True), update.version
        case Approve() | Reject():
            slot = rule.pending
        case RollBack():
            slot = rule.restore
        case RollBackTo(version=version):
            return rule.update_of(version), version
        case Remove():
            slot = rule.approved or rule.pending
            if slot is None and rule.updates:
                return rule.updates[-1], rule.updates[-1].version
    return (slot.update, slot.update.version) if slot is not None else (None, None)


def _require(guard: Guard, rule: Rule, request: _Request) -> None:
    version, target = request.version, request.target
    match guard:
        case Guard.PENDING_SET:
            holds = rule.pending is not None
        case Guard.RESTORE_SET:
            holds = rule.restore is not None
        case Guard.NOT_APPROVED_NOW:
            holds = rule.approved is None or rule.approved.update.version != version
        case Guard.APPROVED_ONCE:
            holds = version in rule.approved_versions()
        case Guard.FILES_STORED:
            holds = target is not None and target.stored
        case Guard.CONTENT_SAME:
            incoming = request.incoming
            holds = incoming is None or target is None or incoming.content() == target.content()
    if not holds:
        raise VerbRefused(GUARD_REFUSALS[guard], {} if version is None else {"version": version.text})


def _import(rule: Rule, row: VerbRow, request: _Request, vendor: str) -> Transition:
    """The checks of an import in the order of contract 2.1, after the one for other content."""
    assert request.target is not None  # noqa: S101  # an import is always about an update
    version = request.target.version
    renamed = rule
    if vendor.lower() != rule.vendor.lower():
        renamed = replace(rule, vendor=vendor)
        request.notices.append(Notice(NoticeCode.VENDOR_CHANGED, {"vendor": vendor}))
    in_slot = {name: slot.update.version for name, slot in rule.slots().items()}
    approved, pending = in_slot.get(SlotName.APPROVED), in_slot.get(SlotName.PENDING)
    if version in {approved, pending}:
        code = NoticeCode.ALREADY_APPROVED if version == approved else NoticeCode.UNCHANGED
        request.notices.append(Notice(code, {"version": version.text}))
        return _vendor_only(rule, renamed, request)
    if approved is not None and version < approved:
        parameters = {"version": version.text, "approved": approved.text}
        request.notices.append(Notice(NoticeCode.OLDER_THAN_APPROVED, parameters))
    if pending is not None:
        parameters = {"version": version.text, "pending": pending.text}
        request.notices.append(Notice(NoticeCode.REPLACED_PENDING, parameters))
    return _carry_out(_with_update(renamed, request.target), row, request)


def _vendor_only(rule: Rule, renamed: Rule, request: _Request) -> Transition:
    """An import that leaves the slots as they are; another vendor still is a change."""
    if renamed is rule:
        return Transition(rule, changed=False, notices=tuple(request.notices), update=request.target)
    entry = _entry(request, replaced=None)
    return Transition(
        replace(renamed, change_number=rule.change_number + 1, history=(*rule.history, *entry)),
        changed=True,
        entries=entry,
        notices=tuple(request.notices),
        update=request.target,
    )


def _with_update(rule: Rule, update: Update) -> Rule:
    """The rule knowing this update, once under each version."""
    others = tuple(known for known in rule.updates if known.version != update.version)
    if len(others) == len(rule.updates):
        return replace(rule, updates=(*rule.updates, update))
    return replace(rule, updates=tuple(update if known.version == update.version else known for known in rule.updates))


def _carry_out(rule: Rule, row: VerbRow, request: _Request) -> Transition:
    """Fill the slots as the row says, drive equal versions out, and note what it means for files and history."""
    slots = {name: _filled(rule, name, row.source(name), request) for name in SlotName}
    cleared = _drive_out(slots, row.driving)
    before = {slot.update.id for slot in rule.slots().values()}
    after = {slot.update.id for slot in slots.values() if slot is not None}
    dropped = frozenset(before - after)
    if row.replaced is Replaced.ALL_STOP:
        dropped |= {update.id for update in rule.updates}
    replaced_version = rule.approved.update.version if rule.approved and row.approved is not Source.KEEP else None
    entries = _entry(request, replaced=replaced_version)
    changed = replace(
        rule,
        pending=slots[SlotName.PENDING],
        approved=slots[SlotName.APPROVED],
        restore=slots[SlotName.RESTORE],
        approved_by_roll_back=rule.approved_by_roll_back if row.by_roll_back is None else row.by_roll_back,
        removed=rule.removed if row.removed is None else row.removed,
        change_number=rule.change_number + 1,
        history=(*rule.history, *entries),
    )
    grace = row.replaced is Replaced.SERVED_FOR_GRACE
    return Transition(
        changed,
        changed=True,
        entries=entries,
        notices=(*request.notices, *cleared),
        stops_serving=frozenset() if grace else dropped,
        serve_until_grace=dropped if grace else frozenset(),
        update=request.target,
    )


def _filled(rule: Rule, name: SlotName, source: Source, request: _Request) -> Slot | None:
    """What a slot holds after the verb; what is put into it anew carries who did it and by which verb."""
    held = rule.slot(name)
    match source:
        case Source.KEEP:
            return held
        case Source.NONE:
            return None
        case Source.TARGET:
            update = request.target
        case Source.APPROVED_IF_ANY:
            if rule.approved is None:
                return held
            update = rule.approved.update
    return None if update is None else Slot(update, request.now, request.account, request.comment, request.verb)


def _drive_out(slots: dict[SlotName, Slot | None], driving: SlotName | None) -> tuple[Notice, ...]:
    """Clear every other slot that holds the version of the driving one, and say so: slots stay pairwise different."""
    winner = slots[driving] if driving is not None else None
    if winner is None:
        return ()
    notices = []
    for name, slot in slots.items():
        if slot is not None and name is not driving and slot.update.version == winner.update.version:
            slots[name] = None
            notices.append(Notice(NoticeCode.SLOT_CLEARED, {"slot": name.value, "version": slot.update.version.text}))
    return tuple(notices)


def _entry(request: _Request, *, replaced: Version | None) -> tuple[HistoryEntry, ...]:
    """The history entry of this verb; none where a rule that never had a version is removed."""
    if request.target is None:
        return ()
    return (
        HistoryEntry(
            version=request.target.version,
            update_id=request.target.id,
            verb=request.verb,
            at=request.now,
            account=request.account,
            comment=request.comment,
            replaced=replaced,
        ),
    )
