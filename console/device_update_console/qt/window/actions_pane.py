"""On the right: what can be done with the node and with what is selected, one click away, as in MMC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QPalette, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from device_update_console.core.texts.language import text
from device_update_console.qt.widgets.appearance import heading_ground, painted


@dataclass(frozen=True, slots=True)
class ActionGroup:
    """A heading, and the actions below it; None separates."""

    title: str
    actions: Sequence[QAction | None]


class ActionsPane(QScrollArea):
    """The groups are given anew when node or selection change; what did not change is not built again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: tuple[ActionGroup, ...] | None = None
        self._content = QWidget()
        self._longest = 0
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(text("Actions"))
        self.show_groups(())

    def make_room_for(self, actions: Iterable[QAction]) -> None:
        """Be as wide as the longest of these from now on, so that no node moves the list beside it."""
        self._longest = max((_button(action).sizeHint().width() for action in actions), default=0)
        self.updateGeometry()

    def show_groups(self, groups: Sequence[ActionGroup]) -> None:
        """Show these groups, the first on top."""
        if tuple(groups) == self._groups:
            return
        self._groups = tuple(groups)
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        content = QWidget()
        content.setAutoFillBackground(True)
        content.setBackgroundRole(QPalette.ColorRole.Base)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for group in groups:
            layout.addWidget(_Heading(group.title))
            for action in group.actions:
                layout.addWidget(_separator() if action is None else _button(action))
            layout.addSpacing(10)
        layout.addStretch(1)
        self._content = content
        self.setWidget(content)
        if had_focus:
            self.take_focus()

    def take_focus(self) -> None:
        """Go to the first action that can be used."""
        for button in self._content.findChildren(QToolButton):
            if button.isEnabled():
                button.setFocus(Qt.FocusReason.TabFocusReason)
                return

    # Qt's interface

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint: wide enough for the longest action, whether it is shown now or not."""
        return QSize(max(190, self.minimumSizeHint().width()), 300)

    def minimumSizeHint(self) -> QSize:
        """Override QWidget::minimumSizeHint: no title is ever cut."""
        longest = max(self._longest, self._content.minimumSizeHint().width())
        return QSize(longest + self.verticalScrollBar().sizeHint().width(), 60)


class _Heading(QLabel):
    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        font = self.font()
        font.setBold(True)
        self.setFont(font)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setContentsMargins(8, 4, 8, 4)
        self.setToolTip(title)
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        self._paint()

    def _paint(self) -> None:
        application = QGuiApplication.palette()
        self.setPalette(painted(application, heading_ground(application)))

    # Qt's interface

    def changeEvent(self, event: QEvent) -> None:
        """Override QWidget::changeEvent: follow a change between light and dark."""
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: a long name ends in dots."""
        space = self.width() - 16
        self.setText(self.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, space))
        super().resizeEvent(event)

    def sizeHint(self) -> QSize:
        """Override QLabel::sizeHint: the height of one line, whatever is in it now."""
        return QSize(60, self.fontMetrics().height() + 8)


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setAutoRaise(True)
    button.setIconSize(QSize(16, 16))
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.iconText())
    return button


def _separator() -> QWidget:
    """A line that is shorter than the pane, so that headings divide more than it does."""
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Plain)
    line.setForegroundRole(QPalette.ColorRole.Midlight)
    room = QWidget()
    layout = QVBoxLayout(room)
    layout.setContentsMargins(8, 2, 8, 2)
    layout.addWidget(line)
    return room
