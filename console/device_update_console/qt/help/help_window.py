"""The window of the help: contents and search on the left, the page on the right; nothing is ever fetched for it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from device_update_console.core.help.pages import CHAPTERS, FIRST, find_in_help, help_page
from device_update_console.core.texts.language import text
from device_update_console.core.window.node_links import HelpLink
from device_update_console.qt.help.browser import HelpBrowser
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.widgets.icons import icon

_NAME = int(Qt.ItemDataRole.UserRole)
_WIDTH, _HEIGHT = 860, 620


class HelpWindow(QMainWindow):
    """One for the whole program; it stands beside dialogs, also while these are open."""

    def __init__(self) -> None:
        super().__init__()
        self.browser = HelpBrowser()
        self.contents = _Contents()
        self.search = QLineEdit()
        self.results = _Results()
        self._left = QStackedWidget()
        self._build()
        self.browser.shown.connect(self._shown)
        self.contents.page_chosen.connect(lambda name: self.open(HelpLink(name)))
        self.results.page_chosen.connect(lambda name: self.open(HelpLink(name)))
        self.search.textChanged.connect(self._search)

    def open(self, link: HelpLink) -> None:
        """Show a page, and the window if it is hidden."""
        self.show()  # first: a place on a page is where it is once the page is as wide as it will be
        self.browser.open(link)
        self.raise_()
        self.activateWindow()

    def _shown(self, link: HelpLink) -> None:
        self.contents.mark(link.page)
        self.setWindowTitle(f"{help_page(link.page).title} - {text('Device Update Console Help')}")
        self._back.setEnabled(self.browser.can_go_back)
        self._forward.setEnabled(self.browser.can_go_forward)

    def _search(self, sought: str) -> None:
        self._left.setCurrentWidget(self.results if sought.strip() else self.contents)
        self.results.show_found(sought)

    def _build(self) -> None:
        self.setWindowIcon(icon("help"))
        resize_within_screen(self, _WIDTH, _HEIGHT)
        self.search.setPlaceholderText(text("Search the help"))
        self.search.setAccessibleName(text("Search the help"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(100)
        for widget in (self.contents, self.results):
            self._left.addWidget(widget)
        side = QWidget()
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.search)
        layout.addWidget(self._left, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(side)
        splitter.addWidget(self.browser)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([230, _WIDTH - 230])
        self.setCentralWidget(splitter)
        toolbar = QToolBar(text("Toolbar"))
        toolbar.setMovable(False)
        toolbar.setIconSize(QSize(16, 16))
        toolbar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        toolbar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.addToolBar(toolbar)
        self._back = self._action(text("Back"), icon("back"), "Alt+Left", self.browser.back)
        self._forward = self._action(text("Forward"), icon("forward"), "Alt+Right", self.browser.forward)
        first = self._action(text("First Steps"), icon("console"), "Alt+Home", lambda: self.open(HelpLink(FIRST)))
        find = self._action(text("Search"), icon("find"), "Ctrl+F", self._focus_search)
        toolbar.addActions([self._back, self._forward, first, find])
        for keys, call in (("Escape", self._escape), ("Ctrl+W", self.close)):
            self.addAction(self._action("", QIcon(), keys, call))

    def _action(self, title: str, picture: QIcon, keys: str, call: Callable[[], object]) -> QAction:
        action = QAction(picture, title, self)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(call)
        return action

    def _focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _escape(self) -> None:
        """Leave the search first, then the help."""
        if self.search.text():
            self.search.clear()
        else:
            self.close()


class _Contents(QTreeWidget):
    page_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[str, QTreeWidgetItem] = {}
        self.setHeaderHidden(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformRowHeights(True)
        self.setIndentation(14)
        self.setAccessibleName(text("Contents"))
        for chapter in CHAPTERS:
            parent = QTreeWidgetItem([text(chapter.title)])
            parent.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.addTopLevelItem(parent)
            for name in chapter.pages:
                item = QTreeWidgetItem([help_page(name).title])
                item.setData(0, _NAME, name)
                item.setToolTip(0, item.text(0))
                parent.addChild(item)
                self._items[name] = item
        self.expandAll()
        self.currentItemChanged.connect(self._chosen)

    def mark(self, name: str) -> None:
        """Show which page is open."""
        if self.currentItem() is not self._items[name]:
            self.blockSignals(True)  # noqa: FBT003 -- Qt's parameter
            self.setCurrentItem(self._items[name])
            self.blockSignals(False)  # noqa: FBT003 -- Qt's parameter

    def _chosen(self, item: QTreeWidgetItem | None) -> None:
        name = None if item is None else item.data(0, _NAME)
        if name:
            self.page_chosen.emit(str(name))


class _Results(QListWidget):
    page_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(True)
        self.setAlternatingRowColors(True)
        self.setAccessibleName(text("Found pages"))
        self.currentItemChanged.connect(self._chosen)

    def show_found(self, sought: str) -> None:
        """Show what a search finds."""
        self.blockSignals(True)  # noqa: FBT003 -- Qt's parameter
        self.clear()
        found = find_in_help(sought)
        for each in found:
            item = QListWidgetItem(f"{each.page.title}\n{each.excerpt}")
            item.setData(_NAME, each.page.name)
            self.addItem(item)
        if not found and sought.strip():
            nothing = QListWidgetItem(text("No page has all these words."))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(nothing)
        self.blockSignals(False)  # noqa: FBT003 -- Qt's parameter

    def _chosen(self, item: QListWidgetItem | None) -> None:
        name = None if item is None else item.data(_NAME)
        if name:
            self.page_chosen.emit(str(name))
