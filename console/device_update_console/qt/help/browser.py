"""A page of the help as it is shown: links lead to other pages, nothing else is ever loaded."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QUrl, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QPalette,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextTable,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from device_update_console.core.help.pages import HelpPage, help_page
from device_update_console.core.help.topics import link_of
from device_update_console.core.texts.language import text
from device_update_console.core.window.node_links import HelpLink
from device_update_console.qt.widgets.appearance import heading_ground, link_colour

_KEPT = 100


class HelpBrowser(QTextBrowser):
    """``shown`` carries the `HelpLink` of the page that is shown now."""

    shown = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._visited: list[HelpLink] = []
        self._place = -1
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setAccessibleName(text("Help page"))
        self.document().setDocumentMargin(16)
        self.anchorClicked.connect(self._clicked)

    @property
    def link(self) -> HelpLink | None:
        """What is shown."""
        return self._visited[self._place] if self._visited else None

    @property
    def can_go_back(self) -> bool:
        """Whether there is a page before this one."""
        return self._place > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether somebody went back from a page."""
        return self._place < len(self._visited) - 1

    def open(self, link: HelpLink) -> None:
        """Go to a page, and a place on it."""
        if link != self.link:
            self._visited = [*self._visited[: self._place + 1], link][-_KEPT:]
            self._place = len(self._visited) - 1
        self._show(link)

    def back(self) -> None:
        """Go to the page before."""
        if self.can_go_back:
            self._place -= 1
            self._show(self._visited[self._place])

    def forward(self) -> None:
        """Go to the page that was gone back from."""
        if self.can_go_forward:
            self._place += 1
            self._show(self._visited[self._place])

    def _clicked(self, url: QUrl) -> None:
        """Links are names of pages; whatever else one might be leads nowhere."""
        page, mark, place = url.toString().partition("#")
        topic = f"{page.removesuffix('.md')}{mark}{place}"
        if not url.scheme():
            self.open(link_of(topic))

    def _show(self, link: HelpLink) -> None:
        self._render(help_page(link.page))
        self._scroll_to(link.place)
        self.shown.emit(link)

    def _render(self, page: HelpPage) -> None:
        """Lay the page out: Markdown has no margins of its own, and Qt's colours for links fit no dark ground."""
        self.document().setMarkdown(page.text, QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        block = self.document().begin()
        while block.isValid():
            _lay_out(block)
            block = block.next()
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                _lay_out_table(frame)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _scroll_to(self, place: str) -> None:
        self.verticalScrollBar().setValue(0)
        block = self.document().begin()
        while place and block.isValid():
            if block.blockFormat().headingLevel() and block.text().endswith(f"({place})"):
                layout = self.document().documentLayout()
                self.verticalScrollBar().setValue(int(layout.blockBoundingRect(block).top()) - 8)
                return
            block = block.next()

    # Qt's interface

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Override QTextBrowser::loadResource: there is nothing to load, from no file and no network."""
        return None

    def changeEvent(self, event: QEvent) -> None:
        """Override QWidget::changeEvent: follow a change between light and dark."""
        if event.type() == QEvent.Type.PaletteChange and self.link is not None:
            place = self.verticalScrollBar().value()
            self._render(help_page(self.link.page))
            self.verticalScrollBar().setValue(place)
        super().changeEvent(event)


def _lay_out(block: QTextBlock) -> None:
    cursor = QTextCursor(block)
    shape = block.blockFormat()
    level = shape.headingLevel()
    in_table = cursor.currentTable() is not None
    if level:
        shape.setTopMargin(0 if level == 1 else 14)
        shape.setBottomMargin(6)
    elif not in_table:
        shape.setTopMargin(0)
        shape.setBottomMargin(3 if block.textList() is not None else 8)
    cursor.setBlockFormat(shape)
    iterator = block.begin()
    parts = []
    while not iterator.atEnd():
        parts.append(iterator.fragment())
        iterator += 1
    for part in parts:
        changed = QTextCharFormat()
        if level:
            changed.setFontPointSize(QGuiApplication.font().pointSizeF() * {1: 1.6, 2: 1.2}.get(level, 1.05))
        if part.charFormat().isAnchor():
            changed.setForeground(link_colour(QGuiApplication.palette()))
            changed.setFontUnderline(False)
        if changed.propertyCount():
            cursor.setPosition(part.position())
            cursor.setPosition(part.position() + part.length(), QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(changed)


def _lay_out_table(table: QTextTable) -> None:
    palette = QGuiApplication.palette()
    shape = table.format()
    shape.setCellPadding(4)
    shape.setCellSpacing(0)
    shape.setBorderCollapse(True)
    shape.setBorder(1)
    shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    shape.setBorderBrush(palette.color(QPalette.ColorRole.Mid))
    shape.setBottomMargin(10)
    shape.setTopMargin(2)
    table.setFormat(shape)
    for column in range(table.columns()):
        cell = table.cellAt(0, column)
        head = cell.format()
        head.setBackground(heading_ground(palette))
        cell.setFormat(head)
