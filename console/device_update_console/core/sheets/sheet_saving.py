"""Saving what a property sheet changes, item by item, with one line for each that was refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from device_update_console.core.failures import NotAuthenticated, ServiceUnreachable
from device_update_console.core.texts.language import counted_text
from device_update_console.core.verbs.confirmations import Outcome, refused_line
from device_update_contract.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Saved:
    """How saving ended: ``refused`` has one line for each item that stayed as it was, empty when all were changed."""

    refused: tuple[str, ...] = ()


async def save_each(
    changes: Sequence[tuple[str, Callable[[], Awaitable[object]]]],
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> Saved:
    """Carry out one change after the other; ``changes`` are pairs of an item's name and what changes it.

    A single item's failure is raised, so that it is shown as it is; of several, each refusal is a line.

    Raises:
        ServiceUnreachable, NotAuthenticated: the rest would end the same way; what was changed before stays.
    """
    if len(changes) == 1:
        await changes[0][1]()
        return Saved()
    refused: list[str] = []
    for done, (name, change) in enumerate(changes):
        progress(done, len(changes))
        try:
            await change()
        except (ServiceUnreachable, NotAuthenticated):
            raise
        except Refusal as refusal:
            refused.append(refused_line(name, refusal.sentence, refusal.code))
    return Saved(tuple(refused))


def outcome_of(done: str, saved: Saved) -> Outcome:
    """What to tell when several items were changed one by one; ``done`` is the sentence about those that were."""
    if not saved.refused:
        return Outcome(done, (done,))
    left = counted_text("{count} was not changed.", "{count} were not changed.", len(saved.refused))
    return Outcome(f"{done} {left}", (done, *saved.refused), any_refused=True)
