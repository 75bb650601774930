"""The middle for a node without a list: the console shows its servers, a server its overview."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from device_update_console.core.texts.language import counted_text
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.background import Background
from device_update_console.qt.connections.server_list import ServerList
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.overview_and_reports.chart_library import ChartLibrary
from device_update_console.qt.overview_and_reports.overview_pane import OverviewPane
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.window.navigation import ScopeKey

_OVERVIEW = "overview"
"""What the banner's sentence is about."""


class NodePane(QWidget):
    """``node_opened`` carries the `ScopeKey` of a server, ``link_opened`` a `Link` of the shown server's overview."""

    node_opened = Signal(object)
    link_opened = Signal(object)

    def __init__(self, background: Background, servers: Servers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = FailureBanner()
        self.servers = ServerList(servers)
        self.overview = OverviewPane(ChartLibrary(background))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.servers)
        self._stack.addWidget(self.overview)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addWidget(self._stack, 1)
        self.servers.server_opened.connect(lambda origin: self.node_opened.emit(ScopeKey(NodeKind.SERVER, origin)))
        self.overview.link_opened.connect(self.link_opened)
        self.overview.failed.connect(
            lambda failure: self.banner.show_failure(failure, self.overview.refresh, topic=_OVERVIEW)
        )
        self.overview.read.connect(lambda: self.banner.settle(_OVERVIEW))
        servers.changed.connect(self.overview.session_changed)
        servers.event_came.connect(self.overview.event_came)

    def show_node(self, session: ServerSession | None) -> None:
        """Show a server, or (None) all of them."""
        if session is None:
            self._stack.setCurrentWidget(self.servers)
        else:
            self._stack.setCurrentWidget(self.overview)
            self.overview.show_session(session)

    def take_focus(self) -> None:
        """Go to the first thing that takes the keyboard."""
        shown = self._stack.currentWidget()
        for widget in () if shown is None else shown.findChildren(QWidget):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled():
                widget.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def refresh(self) -> None:
        """Read what is shown anew."""
        if self.overview.isVisible():
            self.overview.refresh()

    def count_text(self) -> str:
        """How many servers there are, where they are listed."""
        if not self.servers.isVisibleTo(self):
            return ""
        return counted_text("{count} server", "{count} servers", self.servers.topLevelItemCount())
