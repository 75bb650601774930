"""Below the list: everything known of the selected item, as text that can be selected and copied."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QEvent
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from device_update_console.core.texts.language import text
from device_update_console.qt.widgets.appearance import quiet_text


class DetailsPane(QTextBrowser):
    """A heading and rows of label and value; what devices sent is escaped, so that it is never read as markup."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[str, Sequence[tuple[str, str]]] | str = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setAccessibleName(text("Details"))
        self.document().setDocumentMargin(8)
        # Tab moves on to the next pane, as in every other pane.
        self.setTabChangesFocus(True)

    def show_item(self, heading: str, rows: Sequence[tuple[str, str]]) -> None:
        """Show an item; the place that was scrolled to stays when it is the same one with other values."""
        same = isinstance(self._shown, tuple) and self._shown[0] == heading
        place = self.verticalScrollBar().value() if same else 0
        self._shown = (heading, rows)
        self._render()
        self.verticalScrollBar().setValue(place)

    def say(self, sentence: str) -> None:
        """Say why there are no details."""
        self._shown = sentence
        self._render()

    def _render(self) -> None:
        quiet = quiet_text(QGuiApplication.palette()).name()
        if isinstance(self._shown, str):
            self.setHtml(f'<p style="color:{quiet}">{_markup(self._shown)}</p>')
            return
        heading, rows = self._shown
        lines = "".join(
            f'<tr><td style="color:{quiet};padding:1px 16px 1px 0;white-space:nowrap">{_markup(label)}</td>'
            f'<td style="padding:1px 0">{_markup(value)}</td></tr>'
            for label, value in rows
        )
        self.setHtml(f'<p style="margin:0 0 4px 0"><b>{_markup(heading)}</b></p><table cellspacing="0">{lines}</table>')

    # Qt's interface

    def changeEvent(self, event: QEvent) -> None:
        """Override QWidget::changeEvent: follow a change between light and dark."""
        if event.type() == QEvent.Type.PaletteChange:
            self._render()
        super().changeEvent(event)


def _markup(shown: str) -> str:
    return escape(shown).replace("\n", "<br/>")
