"""Which items changed since they were fetched, so that an answer older than the change does not count as new."""

from __future__ import annotations

from collections.abc import Iterable


class ChangedItems:
    """Notes of changes, each with a number that grows; `now` is what an answer that is asked for now knows of."""

    def __init__(self) -> None:
        self.now = 0
        self._changed: dict[str, int] = {}
        self._all_changed = 0

    def note(self, item_ids: Iterable[str]) -> None:
        """These items changed."""
        self.now += 1
        self._changed.update(dict.fromkeys(item_ids, self.now))

    def note_all(self, known_ids: Iterable[str]) -> None:
        """Any item may have changed, also one that is being fetched."""
        self.note(known_ids)
        self._all_changed = self.now

    def is_changed(self, item_id: str) -> bool:
        """Whether an item is to be read again."""
        return item_id in self._changed

    def read(self, item_id: str, asked_at: int) -> None:
        """An item came, with an answer that was asked for at that time."""
        changed_at = max(self._changed.get(item_id, 0), self._all_changed)
        if changed_at > asked_at:
            self._changed[item_id] = changed_at
        else:
            self._changed.pop(item_id, None)

    def forget_all_but(self, known_ids: Iterable[str]) -> None:
        """Keep notes of these items alone: the others are read anew when they are fetched."""
        known = set(known_ids)
        self._changed = {item_id: number for item_id, number in self._changed.items() if item_id in known}
