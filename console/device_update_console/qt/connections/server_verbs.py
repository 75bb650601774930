"""The verbs on the tree's servers: connect, disconnect, rename, sign in and out, try again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.connections.connection_states import Connected, NeedsSignIn, SignedOut, Unreachable
from device_update_console.core.connections.connection_texts import state_text, unreachable_text
from device_update_console.core.failures import CertificateNotTrusted, NotTheService, ServiceUnreachable
from device_update_console.core.help.topics import VERB_TOPICS
from device_update_console.core.texts.language import text
from device_update_console.core.texts.problem_texts import sentence_of
from device_update_console.core.verbs.confirmations import Question
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.core.window.server_titles import title_problem
from device_update_console.qt.connections.connect_dialog import ConnectDialog
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.connections.trusting import Trusting
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_console.qt.verbs.questions import AskedQuestion
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.widgets.name_editor import NameEdit
from device_update_console.qt.window.navigation import ScopeKey
from device_update_console.qt.window.workplace import Workplace

CONNECTION = "connection"
"""What the banner's sentence is about."""


class ServerVerbs:
    """Those of one window; ``open_node`` goes to a server that was added."""

    def __init__(self, place: Workplace, servers: Servers, open_node: Callable[[ScopeKey], None]) -> None:
        self._place = place
        self._servers = servers
        self._open_node = open_node
        self.trusting = Trusting(place.background, servers.pins)
        self.connecting: ConnectDialog | None = None
        self.disconnecting: AskedQuestion[ConfirmationDialog] = AskedQuestion()
        self.on_one: Mapping[Verb, Callable[[ServerSession], object]] = {
            Verb.TRY_AGAIN: self.try_again,
            Verb.SIGN_IN: ServerSession.sign_in,
            Verb.SIGN_OUT: ServerSession.sign_out,
            Verb.RENAME_SERVER: self._rename,
            Verb.DISCONNECT_SERVER: self._disconnect,
        }
        """What each verb on one server does."""

    def handlers(self, session: Callable[[], ServerSession | None]) -> Mapping[Verb, Callable[[], None]]:
        """What each verb does with the server of the open node."""

        def on_server(carry_out: Callable[[ServerSession], object]) -> None:
            found = session()
            if found is not None:
                carry_out(found)

        handlers = {verb: partial(on_server, carry_out) for verb, carry_out in self.on_one.items()}
        return {Verb.CONNECT_SERVER: self.connect_to_server, **handlers}

    @staticmethod
    def has_a_point(verb: Verb, session: ServerSession | None) -> bool:
        """Whether a verb on the connection fits the state that it is in."""
        state = None if session is None else session.state
        fitting = {
            Verb.TRY_AGAIN: isinstance(state, Unreachable),
            Verb.SIGN_IN: isinstance(state, NeedsSignIn | SignedOut),
            Verb.SIGN_OUT: isinstance(state, Connected),
        }
        return fitting.get(verb, True)

    def show_connection(self, banner: FailureBanner, session: ServerSession | None) -> None:
        """Say that a server cannot be used and why, with what can be done; or no longer."""
        if session is not None and isinstance(session.state, NeedsSignIn):
            said, button = state_text(session.state), text("&Sign In...")
            banner.say(said, session.sign_in, topic=CONNECTION, button=button, lasting=True)
            return
        if session is None or not isinstance(session.state, Unreachable):
            banner.settle(CONNECTION)
            return
        failure = session.state.failure
        again = text("&Certificate...") if isinstance(failure, CertificateNotTrusted) else ""
        banner.show_failure(
            failure,
            partial(self.try_again, session),
            topic=CONNECTION,
            sentence=unreachable_text(session.state),
            button=again,
            lasting=True,
        )

    def try_again(self, session: ServerSession) -> None:
        """Look for a server at once; one whose certificate is not trusted is asked about first."""
        state = session.state
        if isinstance(state, Unreachable) and isinstance(state.failure, CertificateNotTrusted):
            self.trusting.look(
                session.address,
                self._place.window,
                session.trust,
                lambda failure: session.try_now() if failure is None else self._place.fail(failure),
            )
        else:
            session.try_now()

    # Connect to Server

    def connect_to_server(self) -> None:
        """Ask for an address, and put the server into the tree once it is known how to trust it."""
        dialog = ConnectDialog({session.address.origin for session in self._servers}, self._place.window)
        dialog.wanted.connect(lambda: self._contact(dialog))
        dialog.anyway.connect(lambda: self._add(dialog, dialog.address))
        dialog.finished.connect(lambda _: self._forget_dialog(dialog))
        self.connecting = dialog
        dialog.open()

    def _contact(self, dialog: ConnectDialog) -> None:
        if dialog.address is not None:
            job = self.trusting.look(
                dialog.address, dialog, partial(self._add, dialog), lambda failure: self._refused(dialog, failure)
            )
            dialog.finished.connect(lambda _: job.cancel())

    def _refused(self, dialog: ConnectDialog, failure: Exception | None) -> None:
        may_be_added = isinstance(failure, ServiceUnreachable) and not isinstance(
            failure, NotTheService | CertificateNotTrusted
        )
        dialog.refused("" if failure is None else sentence_of(failure), may_be_added=may_be_added)

    def _add(self, dialog: ConnectDialog, address: ServerAddress | None) -> None:
        if address is not None:
            account = dialog.account.text().strip() or None
            dialog.accept()
            self._servers.connect_to(address, account)
            self._open_node(ScopeKey(NodeKind.SERVER, address.origin))

    def _forget_dialog(self, dialog: ConnectDialog) -> None:
        self.connecting = None
        dialog.deleteLater()

    # Rename and Disconnect

    def _rename(self, session: ServerSession) -> None:
        edit = NameEdit(
            session.title, title_problem, lambda name: self._servers.rename(session, name), session.own_title
        )
        self._place.rename_node(ScopeKey(NodeKind.SERVER, session.address.origin), edit)

    def _disconnect(self, session: ServerSession) -> None:
        question = Question(
            text("Disconnect"),
            text("Take {server} out of this console?", server=session.title),
            (
                text("The service goes on, and so do its devices."),
                text("This console forgets its name and the password, if it remembers one."),
            ),
            lines=(session.address.origin,),
        )
        dialog = ConfirmationDialog(question, "disconnect", self._place.window)
        dialog.help_topic = VERB_TOPICS[Verb.DISCONNECT_SERVER]
        self.disconnecting.ask(dialog, lambda _: self._servers.disconnect_from(session))
