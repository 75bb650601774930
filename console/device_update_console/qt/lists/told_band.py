"""The band above a list: what changed lately for the devices of a filter, or what is known instead of an empty list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from device_update_console.core.failures import FailedCall
from device_update_console.core.lists.definition import ListDefinition
from device_update_console.core.lists.known_instead import has_evidence, lines_instead
from device_update_console.core.lists.recent_changes import line_of_changes
from device_update_console.core.lists.source import Caller
from device_update_console.core.lists.told_lines import Line, plain
from device_update_console.core.window.node_links import NodeLink
from device_update_console.qt.background import Background, Job
from device_update_console.qt.widgets.announcing import announce
from device_update_console.qt.widgets.appearance import link_to
from device_update_contract.administration.endpoints import LIST_DEVICES

_MARGINS = (8, 4, 8, 4)


class ToldBand(QWidget):
    """Hidden while there is nothing to tell; ``link_opened`` carries the `NodeLink` of what was clicked.

    What cannot be told (an older service, a lost connection) is left out: the list itself says what is wrong.
    """

    link_opened = Signal(object)
    told = Signal()

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._asked: tuple[object, ...] = ()
        self._job: Job | None = None
        self._lines: Sequence[Line] = ()
        self._links: list[NodeLink] = []
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
            | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self.label.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.label.linkActivated.connect(lambda number: self.link_opened.emit(self._links[int(number)]))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*_MARGINS)
        layout.addWidget(self.label)
        self.hide()

    def tell_of(
        self, definition: ListDefinition[Any], caller: Callable[[], Caller], filters: Mapping[str, str], *, empty: bool
    ) -> None:
        """Tell of a list that a filter left so; the same is asked once until `forget`."""
        asked = (definition, tuple(sorted(filters.items())), empty)
        if asked == self._asked:
            return
        self._stop()
        self._asked = asked
        if empty and has_evidence(definition):
            self._job = self._background.run(
                _lines_instead(definition, caller, filters), self.show_lines, self._not_told
            )
        elif not empty and definition.endpoint is LIST_DEVICES:
            self._job = self._background.run(_changes(caller, filters), self.show_lines, self._not_told)
        else:
            self.show_lines(())

    def forget(self) -> None:
        """Tell nothing, and ask anew the next time."""
        self.ask_anew()
        self._stop()
        self.show_lines(())

    def ask_anew(self) -> None:
        """What is told stands until the list says again what it shows; then it is asked once more."""
        self._asked = ()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines."""
        self._lines = lines
        self._render()
        self.setVisible(bool(lines))
        announce(self, self.label.accessibleName())
        self.told.emit()

    def texts(self) -> list[str]:
        """What is shown, line by line."""
        return [plain(line) for line in self._lines]

    def links(self) -> list[NodeLink]:
        """Where its links lead, in their order."""
        return list(self._links)

    def _not_told(self, failure: Exception) -> None:
        self.show_lines(())
        if not isinstance(failure, FailedCall):
            raise failure

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _render(self) -> None:
        self._links = []
        self.label.setText("<br>".join("".join(self._marked_up(line)) for line in self._lines))
        self.label.setAccessibleName(" ".join(self.texts()))

    def _marked_up(self, line: Line) -> Iterator[str]:
        for words in line:
            if words.link is None:
                yield escape(words.said)
            else:
                yield link_to(words.said, str(len(self._links)))
                self._links.append(words.link)

    # Qt's interface

    def changeEvent(self, event: QEvent) -> None:
        """Override QWidget::changeEvent: follow a change between light and dark."""
        if event.type() == QEvent.Type.PaletteChange:
            self._render()
        super().changeEvent(event)


async def _lines_instead(
    definition: ListDefinition[Any], caller: Callable[[], Caller], filters: Mapping[str, str]
) -> Sequence[Line]:
    return await lines_instead(caller(), definition, filters)


async def _changes(caller: Callable[[], Caller], filters: Mapping[str, str]) -> Sequence[Line]:
    return (await line_of_changes(caller(), filters),)
