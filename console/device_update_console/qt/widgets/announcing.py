"""What a screen reader says although the keyboard is elsewhere: what came, came to an end, or went wrong."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, sentence: str, *, urgent: bool = False) -> None:
    """Have a sentence spoken that is shown in a widget; an urgent one at once, others when nothing else is spoken.

    What is in a window before it is shown is read with the window.
    """
    if not sentence or not QAccessible.isActive() or not widget.isVisible():
        return
    politeness = QAccessible.AnnouncementPoliteness
    spoken = QAccessibleAnnouncementEvent(widget, sentence)
    spoken.setPoliteness(politeness.Assertive if urgent else politeness.Polite)
    QAccessible.updateAccessibility(spoken)
