"""Tools > Purge: what can be purged on a service, what a preview says of it, and what came of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from device_update_console.core.texts.formats import size_text
from device_update_console.core.texts.language import counted_text, marked, text
from device_update_console.core.verbs.confirmations import Outcome
from device_update_contract.administration.server import PurgeAnswer, PurgeRequest

MOST_DAYS = 365


class PurgeKind(StrEnum):
    """What a purge takes: the contract's words."""

    LOGS = "logs"
    UPDATES = "updates"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class PurgeDefinition:
    """The words of a kind, and the features without which a service does not have it."""

    kind: PurgeKind
    title: str
    choice: str
    question: str
    features: frozenset[str]


_DEFINITIONS = (
    PurgeDefinition(
        PurgeKind.LOGS,
        marked("Purge Logs"),
        marked("&Logs"),
        marked("Delete the device logs that are stored?"),
        frozenset({"purge-logs"}),
    ),
    PurgeDefinition(
        PurgeKind.UPDATES,
        marked("Purge Updates"),
        marked("&Updates"),
        marked("Delete the image files that no update needs any more?"),
        frozenset({"purge-updates"}),
    ),
    PurgeDefinition(
        PurgeKind.ALL,
        marked("Purge All"),
        marked("&All"),
        marked("Delete the device logs, and the image files that no update needs any more?"),
        frozenset({"purge-logs", "purge-updates"}),
    ),
)


@dataclass(frozen=True, slots=True)
class PurgePreview:
    """What would go: ``rows`` are versions (rule, version, size, whether one can roll back to it then)."""

    totals: str
    rows: tuple[tuple[str, ...], ...]
    warning: str
    is_empty: bool


ROW_TITLES = (marked("Update"), marked("Version"), marked("Size"), marked("Roll back to it"))


def purges_of(features: Collection[str]) -> tuple[PurgeDefinition, ...]:
    """What can be purged on a service with these features."""
    return tuple(each for each in _DEFINITIONS if each.features <= set(features))


def purge_request(kind: PurgeKind, older_than_days: int | None, *, preview: bool = False) -> PurgeRequest:
    """What to send; without days, everything of its kind that nothing needs."""
    request = PurgeRequest(what=kind.value, preview=preview)
    return request if older_than_days is None else request.model_copy(update={"older_than_days": older_than_days})


def preview_of(answer: PurgeAnswer) -> PurgePreview:
    """What a person has to know before it is done."""
    lost = sum(version.was_approved for version in answer.versions)
    warning = counted_text(
        "{count} version can then no longer be rolled back to.",
        "{count} versions can then no longer be rolled back to.",
        lost,
    )
    rows = tuple(
        (
            f"{version.device_class} {version.update_type}",
            version.version,
            size_text(version.bytes),
            text("no longer possible") if version.was_approved else text("was never approved"),
        )
        for version in answer.versions
    )
    is_empty = not (answer.files or answer.logs or answer.versions)
    totals = text("There is nothing to delete.") if is_empty else _totals(answer)
    return PurgePreview(totals, rows, warning if lost else "", is_empty)


def purge_outcome(answer: PurgeAnswer) -> Outcome:
    """What was deleted."""
    if not (answer.files or answer.logs or answer.versions):
        return Outcome(text("There was nothing to delete."))
    return Outcome(text("Deleted: {totals}", totals=_totals(answer)))


def _totals(answer: PurgeAnswer) -> str:
    versions, logs = len(answer.versions), answer.logs
    counts = [
        (answer.files, counted_text("{count} image file", "{count} image files", answer.files)),
        (versions, counted_text("{count} version", "{count} versions", versions)),
        (logs, counted_text("{count} device log", "{count} device logs", logs)),
    ]
    parts = [words for count, words in counts if count]
    return text("{counts}; {size} in all.", counts=", ".join(parts), size=size_text(answer.bytes))
