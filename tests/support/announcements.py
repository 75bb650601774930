"""What a screen reader is told, as it reaches the platform."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent


class Announcements:
    """The sentences that were announced, and those of them that were urgent."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.urgent: list[str] = []

    def take(self, event: QAccessibleEvent) -> None:
        """Take the place of `QAccessible.updateAccessibility`."""
        assert isinstance(event, QAccessibleAnnouncementEvent)
        self.said.append(event.message())
        if event.politeness() is QAccessible.AnnouncementPoliteness.Assertive:
            self.urgent.append(event.message())


@contextmanager
def announced(monkeypatch: pytest.MonkeyPatch) -> Iterator[Announcements]:
    """A screen reader listens; Qt's platform without a screen has no way to any."""
    announcements = Announcements()
    monkeypatch.setattr(QAccessible, "updateAccessibility", staticmethod(announcements.take))
    QAccessible.setActive(True)
    yield announcements
    QAccessible.setActive(False)
