"""Everything can be done without a mouse, and without seeing it: menus, panes and every dialog of the real window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QProgressDialog, QTabWidget, QWidget
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.keyboard_access import (
    focus_order,
    hidden_sentences,
    jumps,
    mnemonic_faults,
    unnamed_widgets,
    unreachable_rows,
    untitled_columns,
)
from tests.support.log_uploads import BOUNDARY, ROUTE, log_body
from tests.support.looks import blurred_pictures, cut_pages, cut_texts
from tests.support.plain_calls import Administrator, call, check
from tests.support.sample_packages import package
from tests.support.sample_rules import check as device_check
from tests.support.service_process import ServiceProcess, add_administrator

from device_update_console.core.texts.language import SHIPPED, choose, language_of
from device_update_console.core.texts.mnemonics import mnemonic_of
from device_update_console.core.verbs.offered_verbs import DEFINITIONS, Verb
from device_update_console.core.window.scope_tree import NodeKind

_MS = 60_000
_N, _V = NodeKind, Verb

OpenConsole = Callable[..., Console]

DIALOGS: tuple[tuple[NodeKind, Verb], ...] = (
    *((_N.SERVER, verb) for verb in (_V.SERVER_PROPERTIES, _V.SETTINGS, _V.LOG_SETTINGS)),
    *((_N.SERVER, verb) for verb in (_V.PURGE_LOGS, _V.PURGE_UPDATES, _V.PURGE_ALL, _V.UPLOAD_UPDATES)),
    *((_N.SERVER, verb) for verb in (_V.CONNECT_SERVER, _V.FIND_DEVICE, _V.REPORTS, _V.ABOUT)),
    (_N.SERVER, _V.DISCONNECT_SERVER),
    (_N.PENDING_UPDATES, _V.APPROVE),
    (_N.PENDING_UPDATES, _V.REJECT),
    (_N.PENDING_UPDATES, _V.PROPERTIES),
    (_N.DEPLOYED_UPDATES, _V.ROLL_BACK),
    (_N.DEPLOYED_UPDATES, _V.ROLL_BACK_TO),
    (_N.DEPLOYED_UPDATES, _V.REMOVE_UPDATE),
    (_N.PACKAGES, _V.PROPERTIES),
    (_N.TEST_DEVICES, _V.ADD_TEST_DEVICE),
    (_N.TEST_DEVICES, _V.EDIT_TEST_DEVICE),
    (_N.TEST_DEVICES, _V.REMOVE_TEST_DEVICE),
    (_N.DEVICES, _V.PROPERTIES),
    (_N.DEVICES, _V.EDIT_DEVICE),
    (_N.DEVICES, _V.EDIT_NOTE),
    (_N.DEVICES, _V.RETIRE_DEVICE),
    (_N.DEVICES, _V.CHOOSE_COLUMNS),
    (_N.DEVICES, _V.EXPORT_LIST),
    (_N.DEVICES, _V.SAVE_FILTER),
    (_N.DEVICES, _V.REMOVE_DEVICE),
    (_N.DEVICE_LOGS, _V.PROPERTIES),
    (_N.DEVICE_LOGS, _V.VIEW_LOG),
    (_N.UPDATE_LOG, _V.PROPERTIES),
    (_N.REFUSED_REQUESTS, _V.PROPERTIES),
    (_N.SIGN_INS, _V.PROPERTIES),
    (_N.SIGN_INS, _V.ACCOUNT_STATUS),
    (_N.AUDIT_TRAIL, _V.PROPERTIES),
    (_N.AUDIT_TRAIL, _V.VERIFY_AUDIT_TRAIL),
    (_N.ACCOUNTS, _V.ADD_ACCOUNT),
    (_N.ACCOUNTS, _V.EDIT_ACCOUNT),
    (_N.ACCOUNTS, _V.SET_PASSWORD),
    (_N.ACCOUNTS, _V.REMOVE_ACCOUNT),
    (_N.ACCOUNTS, _V.ACCOUNT_STATUS),
)
"""Where a verb opens a dialog, with something of every list selected."""


@pytest.fixture(scope="module")
def furnished_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service in which every list has something."""
    folder = tmp_path_factory.mktemp("furnished-service") / "data"
    add_administrator(folder)
    service = ServiceProcess(folder)
    service.start()
    administrator = Administrator(service)
    for version in ("4.0.7577.4363", "4.0.7577.4366", "4.0.7577.4387"):
        administrator.import_package(package(version, models=["CX700"], image=version.encode()))
        if version != "4.0.7577.4387":
            administrator.approve_all()
    check(service, device_check("1.0.522.101"))
    check(service, b"<Request>")
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    assert call(service.internal_port, "POST", ROUTE, log_body(b"power on\n"), kind).status == 200
    named = {"name": "Lobby", "identifier_type": "mac", "identifier": "00-04-F2-00-01-77"}
    assert administrator.ask("POST", "/test-devices", named).status == 201
    call(service.admin_port, "POST", "/api/v1/session", b"", {"Authorization": "Basic YWRhOndyb25n"})
    yield service
    service.end()


def test_the_menus_of_the_window_lead_everywhere_by_letter(
    open_console: OpenConsole, furnished_service: ServiceProcess
) -> None:
    console = open_console(furnished_service).connected()
    for kind in (NodeKind.SERVER, NodeKind.PENDING_UPDATES, NodeKind.DEVICES, NodeKind.ACCOUNTS):
        console.go_to(kind)
        bar = console.window.menuBar()
        letters = [mnemonic_of(action.text()) for action in bar.actions()]
        assert len(set(letters)) == len(letters) == 6
        for action in bar.actions():
            menu = action.menu()
            assert isinstance(menu, QMenu)
            menu.aboutToShow.emit()
            letters = [mnemonic_of(each.text()) for each in menu.actions() if not each.isSeparator()]
            assert "" not in letters
            assert len(set(letters)) == len(letters), [each.text() for each in menu.actions()]


def test_what_tab_goes_to_in_the_window_says_what_it_is_the_filter_before_the_list(
    open_console: OpenConsole, furnished_service: ServiceProcess
) -> None:
    console = open_console(furnished_service).connected()
    for kind in (NodeKind.DEVICES, NodeKind.AUDIT_TRAIL):
        console.open(kind)
        console.window.list_pane.view.setFocus()
        order = focus_order(console.window)
        assert unnamed_widgets(order) == []
        pane = console.window.list_pane
        field = next(each for each in order if pane.filter_bar.isAncestorOf(each))
        around = [order.index(each) for each in (console.window.scope, field, pane.view, pane.details)]
        first = around.index(min(around))
        assert [*around[first:], *around[:first]] == sorted(around)


def test_what_tab_goes_to_in_the_overview_says_what_it_is_and_no_sentence_of_it_is_kept_from_a_screen_reader(
    qtbot: QtBot, open_console: OpenConsole, furnished_service: ServiceProcess
) -> None:
    console = open_console(furnished_service).connected()
    overview = console.window.node_pane.overview
    qtbot.waitUntil(lambda: overview.is_drawn, timeout=_MS)
    for as_table in (False, True):
        overview.by_model.as_table.setChecked(as_table)
        overview.setFocus()
        order = focus_order(console.window)
        assert overview.by_model.as_table in order
        assert unnamed_widgets(order) == []
        assert hidden_sentences(console.window) == []


@pytest.fixture(params=SHIPPED)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """The window speaks it."""
    choose(language_of(request.param))
    yield request.param
    choose(language_of(SHIPPED[0]))


@pytest.mark.usefixtures("language")
def test_every_dialog_can_be_used_without_a_mouse_and_nothing_of_it_is_cut(
    qtbot: QtBot, open_console: OpenConsole, furnished_service: ServiceProcess
) -> None:
    console = open_console(furnished_service).connected()
    faults: dict[str, list[str]] = {}
    for kind, verb in DIALOGS:
        console.go_to(kind)
        if kind is not NodeKind.SERVER:
            console.select_first()
        if verb is Verb.SAVE_FILTER:
            console.filter(search="00-04-F2")
        action = console.window.commands.actions[verb]
        assert action.isEnabled(), f"{verb} on {kind}"
        action.trigger()
        qtbot.waitUntil(lambda: len(_dialogs()) == 1, timeout=_MS)
        (dialog,) = _dialogs()
        for place in _tabs(dialog):
            order = focus_order(dialog)
            off = [*mnemonic_faults(dialog), *unnamed_widgets(order), *untitled_columns(dialog), *jumps(order, dialog)]
            off += [
                *unreachable_rows(order, dialog),
                *hidden_sentences(dialog),
                *cut_texts(dialog),
                *cut_pages(dialog),
                *blurred_pictures(dialog),
            ]
            if off:
                faults[f"{kind} {verb} {place}".strip()] = off
        dialog.close()
        qtbot.waitUntil(lambda: not _dialogs(), timeout=_MS)
    assert faults == {}, "\n".join(f"{where}: {off}" for where, off in faults.items())
    assert console.failures == []


def test_every_verb_whose_title_says_that_it_asks_for_more_was_looked_at() -> None:
    """Those that are missing here open a file chooser, or are looked at by the tests of their own dialogs."""
    asks = {verb for verb, definition in DEFINITIONS.items() if definition.title.endswith("...")}
    elsewhere = {
        Verb.SIGN_IN, Verb.OPEN_CONSOLE, Verb.SAVE_CONSOLE_AS, Verb.SAVE_LOG, Verb.REMOVE_FILTER,
    }  # fmt: skip
    assert asks - {verb for _, verb in DIALOGS} <= elsewhere


def _dialogs() -> list[QDialog]:
    """Those that are open, but for the one that says that a server is slow."""
    windows = (each for each in QApplication.topLevelWidgets() if each.isVisible())
    return [each for each in windows if isinstance(each, QDialog) and not isinstance(each, QProgressDialog)]


def _tabs(dialog: QWidget) -> Iterator[str]:
    """Each tab in front, one after the other; once where there are none."""
    tabs = dialog.findChild(QTabWidget)
    for number in range(1 if tabs is None else tabs.count()):
        if tabs is not None:
            tabs.setCurrentIndex(number)
        for _ in range(3):
            QApplication.processEvents()
        yield "" if tabs is None else tabs.tabText(number)
