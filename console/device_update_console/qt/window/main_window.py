"""The window: it puts the panes together and passes on what happens in one of them to the others.

What a verb does is in a module of its own; which verbs there are, and when, is the core's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget

from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.failures import ServiceUnreachable
from device_update_console.core.help.topics import help_for
from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.texts.language import marked, text
from device_update_console.core.verbs.confirmations import Outcome
from device_update_console.core.verbs.menus import DEFAULT_VERBS, ITEM_ACTIONS, NODE_ACTIONS, REMOVING_VERBS, verbs_of
from device_update_console.core.verbs.offered_verbs import OfferedVerb, Verb, verbs_for
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.core.window.node_links import Link, NodeLink
from device_update_console.core.window.scope_tree import NODES, NodeKind
from device_update_console.qt.background import Background
from device_update_console.qt.connections.server_menus import ServerMenus
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.server_verbs import ServerVerbs
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.connections.signing_in import SigningIn
from device_update_console.qt.help.about_dialog import AboutDialog
from device_update_console.qt.lists.list_pane import ListPane
from device_update_console.qt.lists.list_work import ListWork
from device_update_console.qt.overview_and_reports.reporting import Reporting
from device_update_console.qt.sheets.open_sheets import OpenSheets
from device_update_console.qt.uploads.uploading import Uploading
from device_update_console.qt.verbs.device_drops import DeviceDrops
from device_update_console.qt.verbs.item_verbs import ItemVerbs
from device_update_console.qt.verbs.service_verbs import ServiceVerbs
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.window.actions_pane import ActionGroup, ActionsPane
from device_update_console.qt.window.commands import Commands
from device_update_console.qt.window.console_files import ConsoleFiles
from device_update_console.qt.window.context_menus import ContextMenus
from device_update_console.qt.window.frame import WindowFrame
from device_update_console.qt.window.navigation import CONSOLE, History, ScopeKey
from device_update_console.qt.window.node_pane import NodePane
from device_update_console.qt.window.outcome_dialog import OutcomeDialog
from device_update_console.qt.window.pane_keys import PaneKeys
from device_update_console.qt.window.scope_pane import ScopePane
from device_update_console.qt.window.workplace import Workplace
from device_update_contract.administration.events import Event

TITLE = marked("Device Update Console")


class MainWindow(QMainWindow):
    """One window over any number of servers, which other windows may show too."""

    another_wanted = Signal(object)
    """A window of its own for the `ScopeKey`."""
    help_wanted = Signal(object)
    """A page, as a `HelpLink`."""
    exit_wanted = Signal()
    """Close this window, and all others."""
    closed = Signal()

    def __init__(self, background: Background, servers: Servers, signing_in: SigningIn) -> None:
        super().__init__()
        self._background = background
        self.servers = servers
        self.remembered = servers.remembered
        self.signing_in = signing_in
        self._history = History()
        self.scope = ScopePane()
        self.list_pane = ListPane(background, self.remembered)
        self.node_pane = NodePane(background, servers)
        self.actions_pane = ActionsPane()
        self._middle = QStackedWidget()
        self._middle.addWidget(self.node_pane)
        self._middle.addWidget(self.list_pane)
        self.list_pane.band.link_opened.connect(self.open_link)
        self.frame = WindowFrame(self, self.scope, self._middle, self.actions_pane, self.list_pane)
        self.sheets = OpenSheets()
        place = Workplace(
            self, background, self.sheets, self._tell, self._verb_failed, self.scope.rename, self.list_pane.rename
        )
        self.item_verbs = ItemVerbs(place, self._chosen)
        self.device_drops = DeviceDrops(
            self.scope,
            self.list_pane.view,
            lambda: self.node,
            servers.find,
            self.list_pane.targets,
            self.item_verbs.carry_out,
        )
        self.uploading = Uploading(place, servers, self.session, self.open_node)
        self.service_verbs = ServiceVerbs(place)
        self.lists = ListWork(
            place, self.list_pane, servers, lambda: self.node, self._title, self.open_node, self._open_found
        )
        self.server_verbs = ServerVerbs(place, servers, self.open_node)
        self.reporting = Reporting(place)
        self.console_files = ConsoleFiles(place, servers)
        self._handlers = self._verb_handlers()
        self.commands = Commands(self._handlers.keys(), self)
        self.setWindowTitle(text(TITLE))
        self.setWindowIcon(icon("console"))
        self.actions_pane.make_room_for(
            self.commands.actions[verb] for verb in verbs_of((*NODE_ACTIONS, *ITEM_ACTIONS))
        )
        self.frame.fill(self.commands)
        self.frame.restore(self.remembered)
        self._connect_panes()
        self._connect_servers()
        self._show_tree()
        self.open_node(CONSOLE)

    # Servers

    def session(self) -> ServerSession | None:
        """The server of the open node."""
        return self.servers.find(self.node.origin)

    @property
    def banner(self) -> FailureBanner:
        """Where failures of the open node are shown."""
        return self.list_pane.banner if self._middle.currentWidget() is self.list_pane else self.node_pane.banner

    # Nodes

    @property
    def node(self) -> ScopeKey:
        """The open node."""
        return self._history.current or CONSOLE

    def open_node(self, node: ScopeKey) -> None:
        """Open a node that is in the tree."""
        if node != self._history.current:
            self._history.open(node)
            self._show_node(node)

    def open_link(self, link: Link) -> None:
        """Go where a link of the open server leads."""
        if isinstance(link, NodeLink):
            self._open_filtered(ScopeKey(link.kind, self.node.origin), dict(link.filters))
        else:
            self.help_wanted.emit(link)

    def _open_filtered(self, node: ScopeKey, filters: Mapping[str, str]) -> None:
        self._history.open(node)
        self._show_node(node, filters)

    def _open_found(self, node: ScopeKey, filters: Mapping[str, str]) -> None:
        self._open_filtered(node, filters)
        self.list_pane.select_first()

    def _show_node(self, node: ScopeKey, filters: Mapping[str, str] | None = None) -> None:
        self.scope.select(node)
        session = self.servers.find(node.origin)
        self.node_pane.banner.hide()
        if node.kind in LISTS and session is not None:
            self._middle.setCurrentWidget(self.list_pane)
            picture = icon(NODES[NodeKind.DEVICES if node.kind is NodeKind.SAVED_FILTER else node.kind].icon)
            saved = self.servers.saved_filters.find(node.name) if node.kind is NodeKind.SAVED_FILTER else None
            if filters is None and saved is not None:
                filters = dict(saved.fields)
            self.list_pane.open_list(LISTS[node.kind], session.connection, lambda _: picture, filters)
            self.list_pane.view.setAccessibleName(self._title())
        else:
            self.list_pane.close_list()
            self._middle.setCurrentWidget(self.node_pane)
            self.node_pane.show_node(session)
        self.server_verbs.show_connection(self.banner, session)
        self._update()

    def _go(self, node: ScopeKey | None) -> None:
        if node is not None:
            self._show_node(node)

    def _up(self) -> None:
        if (above := self.scope.above(self.node)) is not None:
            self.open_node(above)

    # What happens

    def _server_went(self, session: ServerSession) -> None:
        was_here = self.node.origin == session.address.origin
        self.sheets.close_of(session.address.origin)
        self._history.forget_where(lambda node: node.origin == session.address.origin)
        self._show_tree()
        if was_here:
            self._history.open(CONSOLE)
            self._show_node(CONSOLE)
        self._update()

    def _state_changed(self, session: ServerSession) -> None:
        self._show_tree()
        if self.node.origin == session.address.origin:
            if not self.scope.select(self.node):
                self.open_node(ScopeKey(NodeKind.SERVER, session.address.origin))
            if isinstance(session.state, Connected):
                self.list_pane.go_on()
            self.server_verbs.show_connection(self.banner, session)
        self._update()

    def _event_came(self, session: ServerSession, event: Event) -> None:
        if self.session() is session:
            self.lists.live_updates.event_came(event)

    def _saved_filters_changed(self) -> None:
        filters = self.servers.saved_filters
        if filters.is_gone(self.node):
            self.open_node(ScopeKey(NodeKind.DEVICES, self.node.origin))  # else the tree would choose another filter
        self._history.forget_where(filters.is_gone)
        self._show_tree()
        self._update()

    def _tell(self, outcome: Outcome) -> None:
        """What came of a verb: in the status bar, or where it stays when something was refused."""
        if not outcome.any_refused:
            self.frame.say(outcome.summary, 15000)
        elif len(outcome.lines) == 1:
            self.banner.say(outcome.lines[0])
        else:
            OutcomeDialog(outcome, self).show()
        self.list_pane.refresh()

    def _verb_failed(self, failure: Exception) -> None:
        self.show_failure(failure)
        if isinstance(failure, ServiceUnreachable):  # the banner may say so since before the verb
            self.frame.say(text("No answer came. Once the service is back, look whether it was done."))
        self.list_pane.refresh()

    def show_failure(self, failure: Exception) -> None:
        """Say what failed, where a person looks."""
        self.banner.show_failure(failure)

    # Verbs

    def _verb_handlers(self) -> Mapping[Verb, Callable[[], object]]:
        return {
            **self.item_verbs.handlers(),
            **{verb: partial(self._with_session, call) for verb, call in self.service_verbs.handlers().items()},
            **self.lists.handlers(self._with_session),
            **{verb: partial(self._with_session, call) for verb, call in self.reporting.handlers().items()},
            Verb.LIVE_UPDATES: self._switch_live_updates,
            Verb.UPLOAD_UPDATES: self.uploading.begin,
            **self.server_verbs.handlers(self.session),
            **self.console_files.handlers(),
            Verb.ABOUT: lambda: AboutDialog(self.servers, self).open(),
            Verb.BACK: lambda: self._go(self._history.back()),
            Verb.FORWARD: lambda: self._go(self._history.forward()),
            Verb.UP: self._up,
            Verb.EXIT: self.exit_wanted.emit,
            Verb.REFRESH: self._refresh,
            Verb.HELP: lambda: self.help_wanted.emit(help_for(self.node.kind, self.list_pane.selected_items())),
            Verb.NEW_WINDOW: lambda: self.another_wanted.emit(self.node),
            **self.frame.handlers(self._update),
        }

    def _title(self) -> str:
        return self.scope.title_of(self.node)

    def _chosen(self) -> tuple[ServerSession | None, VerbTargets]:
        """What a verb is about."""
        return self.session(), self.list_pane.targets()

    def _switch_live_updates(self) -> None:
        self.lists.live_updates.switch()
        self.node_pane.overview.follow(on=self.lists.live_updates.on)
        self._update()

    def _refresh(self) -> None:
        self.banner.settle("")
        self.list_pane.refresh()
        self.node_pane.refresh()

    def _with_session(self, call: Callable[[ServerSession], object]) -> None:
        if (session := self.session()) is not None:
            call(session)

    # What is shown around the panes

    def _update(self) -> None:
        """Offer what can be done now, and say where we are."""
        for remark in self.remembered.take_remarks():
            self.banner.say(remark)
        session, node = self.session(), self.node
        selection = self.list_pane.selection()
        permissions = frozenset() if session is None else session.permissions
        features = frozenset() if session is None else session.features
        offered = self.lists.offer_everywhere(verbs_for(node.kind, selection, permissions, features))
        impossible, not_here = self._impossible(), text("This is not possible here.")
        self.commands.offer(
            OfferedVerb(each.verb, not_here) if each.verb in impossible and each.enabled else each
            for each in offered
            if ServerVerbs.has_a_point(each.verb, session)
        )
        self.lists.show_states(self.commands)
        self.frame.show_switches(self.commands)
        groups = [ActionGroup(self.scope.title_of(node), self.commands.shown(NODE_ACTIONS))]
        if selection.count and self.list_pane.definition is not None:
            title = text("{items} selected", items=self.list_pane.definition.count_text(selection.count))
            groups.append(ActionGroup(title, self.commands.shown(ITEM_ACTIONS)))
        self.actions_pane.show_groups(groups)
        self._show_counts()
        self.frame.show_connection(session)
        self.setWindowTitle(text(TITLE) if node == CONSOLE else f"{self.scope.title_of(node)} - {text(TITLE)}")

    def _carry_out(self, verb: Verb) -> None:
        """Do it with what is selected now, also where that was selected a moment ago and does not take the verb."""
        self.list_pane.view.settle()
        if self.commands.actions[verb].isEnabled():
            self._handlers[verb]()

    def _activate(self) -> None:
        """Enter or a double click on what is selected."""
        default = self.commands.actions[DEFAULT_VERBS[self.node.kind]]
        (default if default.isEnabled() else self.commands.actions[Verb.PROPERTIES]).trigger()

    def _remove_node(self) -> None:
        """Del in the tree: what can be taken out of it is asked about, all else stays."""
        if (verb := REMOVING_VERBS.get(self.node.kind)) is not None:
            self.commands.actions[verb].trigger()

    def _impossible(self) -> set[Verb]:
        """What the core cannot know: where one can go back and forward to, what can be done with the list."""
        impossible = {
            Verb.BACK: not self._history.can_go_back,
            Verb.FORWARD: not self._history.can_go_forward,
            Verb.UP: self.node == CONSOLE,
        }
        return {verb for verb, so in impossible.items() if so} | self.lists.impossible()

    def _show_counts(self) -> None:
        self.frame.counts.setText(self.list_pane.count_text() or self.node_pane.count_text())

    def _show_tree(self) -> None:
        self.scope.show_sessions(self.servers, self.servers.saved_filters)

    # How it is put together

    def _connect_panes(self) -> None:
        self.list_pane.filter_bar.stop_before = self.scope
        self.scope.node_opened.connect(self.open_node)
        self.scope.removal_wanted.connect(self._remove_node)
        self.list_pane.filter_bar.left.connect(self.list_pane.take_focus)
        self.node_pane.node_opened.connect(self.open_node)
        self.node_pane.link_opened.connect(self.open_link)
        self.list_pane.selection_changed.connect(self._update)
        self.list_pane.activated.connect(self._activate)
        self.list_pane.filter_bar.changed.connect(self._update)
        self.list_pane.counts_changed.connect(self._show_counts)
        self.commands.triggered.connect(self._carry_out)
        self.context_menus = ContextMenus(self, self.commands, self.list_pane.view, self.scope, self.lists.verbs)
        self.pane_keys = PaneKeys(
            self,
            (
                (self.scope, None),
                (self.list_pane.filter_bar, self.list_pane.filter_bar.take_focus),
                (self.list_pane.view, None),
                (self.list_pane.details, None),
                (self.node_pane, self.node_pane.take_focus),
                (self.actions_pane, self.actions_pane.take_focus),
            ),
        )
        self.server_menus = ServerMenus(self.node_pane.servers, self.servers, self.server_verbs)
        for view in (self.scope, self.list_pane.view, self.node_pane.servers):
            self.pane_keys.open_menus_at_keyboard(view)

    def _connect_servers(self) -> None:
        self.servers.came.connect(lambda _: self._show_tree())
        self.servers.went.connect(self._server_went)
        self.servers.changed.connect(self._state_changed)
        self.servers.event_came.connect(self._event_came)
        self.servers.saved_filters.changed.connect(self._saved_filters_changed)
        self.servers.lists_change.connect(self.list_pane.close_list)
        self.servers.lists_changed.connect(lambda: self._show_node(self.node))

    # Qt's interface

    def closeEvent(self, event: QCloseEvent) -> None:
        """Override QWidget::closeEvent: let go of the list, and be ready to be opened again."""
        if not self.uploading.may_close(self.close):
            event.ignore()
            return
        self.frame.keep()
        self.sheets.close_all()
        self.open_node(CONSOLE)
        super().closeEvent(event)
        self.closed.emit()
