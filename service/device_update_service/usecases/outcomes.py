"""What every use case takes and gives: who acts, and what changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from device_update_contract.administration.events import MOST_IDS, EventName
from device_update_service.domain.actors import Actor
from device_update_service.domain.audit_entries import AuditedAction

__all__ = ["Actor", "AuditedAction", "Change", "Outcome"]

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Change:
    """Something that changed, for the event stream; ``ids`` None means too many to name."""

    event: EventName
    ids: Sequence[str] | None

    @classmethod
    def of(cls, event: EventName, ids: Collection[int]) -> Change:
        """That rows changed, with their ids where they are few enough to be named."""
        return cls(event, [str(number) for number in ids] if len(ids) <= MOST_IDS else None)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Answer]):
    """The answer of a use case that changes the store, with what to tell others once it is committed.

    ``catalog_changed`` asks for a new catalog snapshot before the answer is sent, so that the next check of a device
    sees what its administrator has just been told. ``deleted_images`` are the SHA-256 of files that no row names any
    more: they are deleted after the commit, because a row without a file must be impossible. ``audited`` goes to the
    audit trail in the transaction of the change itself; what is refused is no outcome and is recorded where it ends
    (`web.administration.refused_actions`). Whatever should be an entry although nothing changes, such as reading the
    content of a device log, is an outcome too.
    """

    answer: Answer
    changes: tuple[Change, ...] = ()
    catalog_changed: bool = False
    deleted_images: tuple[str, ...] = ()
    audited: tuple[AuditedAction, ...] = ()
