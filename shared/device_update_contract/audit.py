"""The audit trail's hash chain: how an entry is hashed, and how anybody checks a chain without the service.

An entry is a JSON object as ``GET /audit-trail`` gives it and as a line of ``device-update audit --jsonl``. Its hash is

    SHA-256(hash of the entry before it, 32 bytes || canonical JSON of the entry without "hash" and "previous_hash")

The first entry follows 32 zero bytes; ids are consecutive from "1"; hashes are written in lower-case hexadecimal.
Canonical JSON is that of RFC 8785 within what entries hold: null, true, false, whole numbers of at most 53 bits, texts,
arrays and objects, nested at most 64 deep; members sorted by name (names are ASCII), no white space, UTF-8, of
characters only the quotation mark, the backslash and those below U+0020 escaped. Times are texts: RFC 3339 in UTC with
milliseconds and ``Z``. Every member counts, also one that a later version adds. So this checks an export, from its
first entry to its last:

    import hashlib, json, sys
    previous = bytes(32).hex()
    for number, line in enumerate(open(sys.argv[1], encoding="utf-8"), start=1):
        entry = json.loads(line)
        told = entry.pop("previous_hash"), entry.pop("hash")
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        found = hashlib.sha256(bytes.fromhex(previous) + text.encode()).hexdigest()
        assert (entry["id"], *told) == (str(number), previous, found), f"entry {number} is at fault"
        previous = found
    print(f"{entry['id']}:{previous}")

A chain that was cut off at its end, or made anew from some entry on, is sound in itself: that shows only against a head
(id and hash of the last entry) that was noted before, somewhere the one who did it cannot write.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from device_update_contract.refusals import InvalidValue

START = bytes(32)
"""What the first entry follows."""

MAX_INTEGER = 2**53 - 1
"""Every reader of JSON has this number exactly (RFC 8785, section 3.2.2.3)."""

MAX_DEPTH = 64
"""Of arrays and objects in each other: far more than an entry has, and less than any reader's stack."""

_HASHES = ("previous_hash", "hash")
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_HEAD = re.compile(r"([1-9][0-9]{0,18}):([0-9a-f]{64})", re.IGNORECASE)


class AuditVerb(StrEnum):
    """What was done, or refused; a name is never given another meaning."""

    PACKAGE_IMPORT = "package.import"
    RULE_IMPORT = "rule.import"
    RULE_APPROVE = "rule.approve"
    RULE_REJECT = "rule.reject"
    RULE_ROLL_BACK = "rule.rollback"
    RULE_REMOVE = "rule.remove"
    TEST_DEVICE_ADD = "test-device.add"
    TEST_DEVICE_CHANGE = "test-device.change"
    TEST_DEVICE_REMOVE = "test-device.remove"
    DEVICE_CHANGE = "device.change"
    DEVICE_RETIRE = "device.retire"
    DEVICE_REMOVE = "device.remove"
    SETTING_CHANGE = "setting.change"
    DEVICE_LOG_READ = "device-log.read"
    PURGE = "purge"
    ACCOUNT_ADD = "account.add"
    ACCOUNT_CHANGE = "account.change"
    ACCOUNT_REMOVE = "account.remove"
    ACCOUNT_UNLOCK = "account.unlock"
    SESSION_OPEN = "session.open"
    SESSION_CLOSE = "session.close"
    SESSION_REVOKE = "session.revoke"
    KEY_ROTATE = "key.rotate"
    BACKUP_RESTORE = "backup.restore"
    MORE_REFUSED = "more.refused"
    """So many more actions of one account were refused that they were counted and not written down one by one."""


class UnreadableEntry(InvalidValue):
    """What should be an entry of the audit trail is none."""

    code = "unreadable-entry"


class InvalidHead(InvalidValue):
    """A noted head is not of the form ``ID:HASH``."""

    code = "invalid-head"


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last entry of a chain: what to write down, to see later that nothing was cut off or made anew."""

    id: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """A head as `str` writes it.

        Raises:
            InvalidHead.
        """
        match = _HEAD.fullmatch(text.strip())
        if match is None:
            raise InvalidHead("A head is ID:HASH, with the 64 hexadecimal digits that an earlier check printed.")
        return cls(int(match[1]), match[2].lower())

    def __str__(self) -> str:
        return f"{self.id}:{self.hash}"


class FaultCode(StrEnum):
    """What is wrong with a chain at its first fault."""

    UNREADABLE = "unreadable"
    WITHOUT_ID = "without-id"
    NOT_IN_PLACE = "not-in-place"
    MISSING = "missing"
    CUT_OFF = "cut-off"
    NOT_CONTINUED = "not-continued"
    CHANGED = "changed"
    NOT_NOTED = "not-noted"


FAULT_SENTENCES: Mapping[FaultCode, str] = {
    FaultCode.UNREADABLE: "Entry {entry} cannot be read: {problem}",
    FaultCode.WITHOUT_ID: "Entry {entry} cannot be read: it has no id.",
    FaultCode.NOT_IN_PLACE: "Entry {entry} is not in its place: entry {other}, which belongs before it, stands there.",
    FaultCode.MISSING: "Entry {entry} is missing: entry {other} stands in its place.",
    FaultCode.CUT_OFF: "Entry {entry} is missing: the end was cut off, because entry {other} was noted once.",
    FaultCode.NOT_CONTINUED: (
        "Entry {entry} does not continue the chain: it names another hash for the entry before it."
    ),
    FaultCode.CHANGED: "Entry {entry} was changed: its hash does not fit what it says.",
    FaultCode.NOT_NOTED: ("Entry {entry} is not the one that was noted: the trail was cut off or made anew before it."),
}
"""In English; ``problem`` is a sentence of `UnreadableEntry`."""


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first fault of a chain: the number of the entry that is at fault, and what the sentence names beside it."""

    code: FaultCode
    entry: int
    other: str = ""
    problem: str = ""

    def __str__(self) -> str:
        return FAULT_SENTENCES[self.code].format(entry=self.entry, other=self.other, problem=self.problem)


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What a check found: the sound entries before the first fault, the last of them, and the fault."""

    entries: int
    head: ChainHead | None
    fault: ChainFault | None


def canonical_json(value: object) -> bytes:
    """The one form in which a value is hashed.

    Raises:
        UnreadableEntry: the value holds what has no such form.
    """
    _require_canonical(value)
    try:
        return _ENCODER.encode(value).encode()
    except UnicodeEncodeError as error:
        raise UnreadableEntry("A text holds half a character.") from error


def entry_hash(previous: bytes, entry: Mapping[str, object]) -> bytes:
    """The hash of an entry that follows one with the hash `previous`; the entry's own two hashes do not count.

    Raises:
        UnreadableEntry.
    """
    facts = {name: value for name, value in entry.items() if name not in _HASHES}
    return hashlib.sha256(previous + canonical_json(facts)).digest()


def read_entry(text: str | bytes) -> dict[str, Any]:
    """One line of an export; a member that stands twice is refused, because readers would see different ones.

    Raises:
        UnreadableEntry.
    """
    try:
        entry = json.loads(text, object_pairs_hook=_members)
    except UnreadableEntry:
        raise
    except (ValueError, RecursionError) as error:
        raise UnreadableEntry("It is not JSON.") from error
    if not isinstance(entry, dict):
        raise UnreadableEntry("It is no JSON object.")
    return entry


class ChainCheck:
    """Follows a chain entry by entry from its start, in the memory of one entry, to the first fault."""

    def __init__(self, noted: ChainHead | None = None) -> None:
        self._noted = noted
        self._last = 0
        self._hash = START
        self.fault: ChainFault | None = None

    def add(self, entry: Mapping[str, object]) -> None:
        """The next entry; after the first fault nothing is looked at any more."""
        if self.fault is None:
            self.fault = self._fault_of(entry)

    def stop(self, problem: str) -> None:
        """End the check, unless it has ended: there is a next entry, and it cannot even be read."""
        if self.fault is None:
            self.fault = ChainFault(FaultCode.UNREADABLE, self._last + 1, problem=problem)

    def verdict(self) -> ChainVerdict:
        """What was found, now that there are no more entries."""
        fault, noted = self.fault, self._noted
        if fault is None and noted is not None and noted.id > self._last:
            fault = ChainFault(FaultCode.CUT_OFF, self._last + 1, str(noted.id))
        head = ChainHead(self._last, self._hash.hex()) if self._last else None
        return ChainVerdict(self._last, head, fault)

    def _fault_of(self, entry: Mapping[str, object]) -> ChainFault | None:
        number = self._last + 1
        told = entry.get("id")
        if told != str(number):
            return _out_of_order(number, told)
        if entry.get("previous_hash") != self._hash.hex():
            return ChainFault(FaultCode.NOT_CONTINUED, number)
        try:
            found = entry_hash(self._hash, entry)
        except UnreadableEntry as error:
            return ChainFault(FaultCode.UNREADABLE, number, problem=error.sentence)
        if entry.get("hash") != found.hex():
            return ChainFault(FaultCode.CHANGED, number)
        if self._noted is not None and self._noted.id == number and self._noted.hash != found.hex():
            return ChainFault(FaultCode.NOT_NOTED, number)
        self._last, self._hash = number, found
        return None


def verify_chain(entries: Iterable[Mapping[str, object]], noted: ChainHead | None = None) -> ChainVerdict:
    """Check a whole chain, in ascending order of ids; with `noted`, also that this earlier head is still in it."""
    check = ChainCheck(noted)
    for entry in entries:
        check.add(entry)
    return check.verdict()


def _out_of_order(number: int, told: object) -> ChainFault:
    if not isinstance(told, str) or re.fullmatch(r"0|-?[1-9][0-9]{0,18}", told) is None:
        return ChainFault(FaultCode.WITHOUT_ID, number)
    return ChainFault(FaultCode.NOT_IN_PLACE if int(told) < number else FaultCode.MISSING, number, told)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise UnreadableEntry("A member stands twice.")
    return members


def _require_canonical(value: object, room: int = MAX_DEPTH + 1) -> None:  # an entry is an object around its values
    if value is None or isinstance(value, str | bool):
        return
    if room == 0:
        raise UnreadableEntry("It is nested too deep.")
    if isinstance(value, dict):
        for name, member in value.items():
            if not isinstance(name, str) or not name.isascii():
                raise UnreadableEntry("The name of a member is not ASCII.")
            if not isinstance(member, str):
                _require_canonical(member, room - 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _require_canonical(item, room - 1)
    elif not isinstance(value, int) or abs(value) > MAX_INTEGER:
        raise UnreadableEntry("It holds a value that has no canonical form.")
