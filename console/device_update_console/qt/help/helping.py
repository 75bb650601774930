"""F1 everywhere: the page for the open dialog, else for what is selected in the window; one help window for all."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from device_update_console.core.help.topics import DIALOG_TOPICS, link_of
from device_update_console.core.window.node_links import HelpLink
from device_update_console.qt.help.help_window import HelpWindow


class Helping(QObject):
    """Watches for F1 in dialogs; windows have it as a verb. Made and closed in the window's thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.window: HelpWindow | None = None
        """Made when it is first wanted."""
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def open(self, link: HelpLink) -> None:
        """Show a page."""
        if self.window is None:
            self.window = HelpWindow()
        self.window.open(link)

    def close(self) -> None:
        """Close the window, and watch no longer."""
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.window = None

    # Qt's interface

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_F1
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
            and isinstance(watched, QWidget)
        ):
            topic = topic_of_dialog(watched.window())
            if topic:
                self.open(link_of(topic))
                return True
        return super().eventFilter(watched, event)


def topic_of_dialog(window: QWidget) -> str:
    """The topic of a dialog: its own, else that of its class, else of the dialog that it stands before."""
    while isinstance(window, QDialog):
        own = getattr(window, "help_topic", "")
        if isinstance(own, str) and own:
            return own
        for kind in type(window).__mro__:
            if kind.__name__ in DIALOG_TOPICS:
                return DIALOG_TOPICS[kind.__name__]
        parent = window.parentWidget()
        if parent is None:
            break
        window = parent.window()
    return ""
