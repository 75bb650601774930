"""Tools > Purge in the real window: counted first, No unless somebody says Yes, gone from the service's disk then."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.sample_packages import package
from tests.support.service_process import ServiceProcess
from tests.support.threaded_relay import threaded_relay

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.verbs.purge_dialog import PurgeDialog

_MS = 60_000
VERSIONS = ("1.0", "2.0", "3.0")

OpenConsole = Callable[..., Console]


def _fill(service: ServiceProcess) -> Administrator:
    """Leave an approved version that no slot refers to any more."""
    administrator = Administrator(service)
    settings = {"keep_earlier_versions": 0, "superseded_grace_hours": 0}
    assert administrator.ask("PATCH", "/settings", settings).status == 200
    for version in VERSIONS:
        administrator.import_package(package(version, image=f"firmware {version}".encode()))
        administrator.approve_all()
    return administrator


@pytest.fixture
def administrator(own_service: ServiceProcess) -> Administrator:
    """Of a service that the test may purge."""
    return _fill(own_service)


@pytest.fixture(scope="module")
def filled_service(made_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service that nobody purges."""
    service = ServiceProcess(shutil.copytree(made_folder, tmp_path_factory.mktemp("purge") / "data"))
    service.start()
    _fill(service)
    yield service
    service.end()


def _images(service: ServiceProcess) -> int:
    return sum(path.is_file() for path in (service.folder / "images").rglob("*"))


def _ask(qtbot: QtBot, console: Console, verb: Verb) -> PurgeDialog:
    console.window.commands.actions[verb].trigger()
    dialog = console.window.service_verbs.purging
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.is_waiting, timeout=_MS)
    return dialog


def test_a_purge_counts_names_the_versions_that_are_lost_and_deletes_after_yes(
    qtbot: QtBot, open_console: OpenConsole, own_service: ServiceProcess, administrator: Administrator
) -> None:
    console = open_console(own_service).connected()
    console.open(NodeKind.PACKAGES)
    dialog = _ask(qtbot, console, Verb.PURGE_UPDATES)
    assert dialog.totals.text() == "1 image file, 1 version; 12 bytes in all."
    assert dialog.versions.row_texts(0) == ["UCPhone Polycom CX700 A ENU CPE", "1.0", "12 bytes", "no longer possible"]
    assert dialog.warning.text() == "1 version can then no longer be rolled back to."
    assert dialog.no.isDefault()
    assert not dialog.yes.isDefault()
    dialog.no.click()
    assert _images(own_service) == len(VERSIONS)
    dialog = _ask(qtbot, console, Verb.PURGE_UPDATES)
    dialog.yes.click()
    qtbot.waitUntil(lambda: _images(own_service) == len(VERSIONS) - 1, timeout=_MS)
    qtbot.waitUntil(lambda: console.window.service_verbs.purging is None, timeout=_MS)
    assert console.window.statusBar().currentMessage() == "Deleted: 1 image file, 1 version; 12 bytes in all."
    assert console.failures == []
    purges = administrator.items("/audit-trail?verb=purge")
    assert [entry["object"] for entry in purges] == ["updates"]


def test_an_age_is_counted_anew_and_where_nothing_is_old_enough_nobody_can_say_yes(
    qtbot: QtBot, open_console: OpenConsole, filled_service: ServiceProcess
) -> None:
    dialog = _ask(qtbot, open_console(filled_service).connected(), Verb.PURGE_UPDATES)
    assert dialog.yes.isEnabled()
    dialog.only_older.setChecked(True)
    assert not dialog.yes.isEnabled()
    qtbot.waitUntil(lambda: not dialog.is_waiting, timeout=_MS)
    assert dialog.totals.text() == "There is nothing to delete."
    assert not dialog.yes.isEnabled()
    assert dialog.versions.isHidden()


def test_all_three_kinds_can_be_chosen_where_the_service_has_them(
    qtbot: QtBot, open_console: OpenConsole, filled_service: ServiceProcess
) -> None:
    console = open_console(filled_service).connected()
    for verb, title in ((Verb.PURGE_LOGS, "Purge Logs"), (Verb.PURGE_ALL, "Purge All")):
        dialog = _ask(qtbot, console, verb)
        assert dialog.windowTitle() == title
        assert len(dialog.choices) == 3
        dialog.reject()
    dialog = _ask(qtbot, console, Verb.PURGE_LOGS)
    assert dialog.totals.text() == "There is nothing to delete."
    dialog.choices[next(kind for kind in dialog.choices if kind == "updates")].setChecked(True)
    qtbot.waitUntil(lambda: not dialog.is_waiting, timeout=_MS)
    assert dialog.windowTitle() == "Purge Updates"
    assert dialog.yes.isEnabled()


@pytest.mark.usefixtures("administrator")
def test_a_server_that_goes_down_is_said_in_the_dialog_and_can_be_asked_again(
    qtbot: QtBot, open_console: OpenConsole, own_service: ServiceProcess
) -> None:
    dialog = _ask(qtbot, open_console(own_service).connected(), Verb.PURGE_UPDATES)
    own_service.kill()
    dialog.yes.click()
    qtbot.waitUntil(dialog.banner.isVisible, timeout=_MS)
    said = dialog.banner.text
    qtbot.waitUntil(lambda: said.height() >= said.heightForWidth(said.width()), timeout=_MS)
    own_service.start()
    dialog.banner.try_again.click()
    qtbot.waitUntil(lambda: _images(own_service) == len(VERSIONS) - 1, timeout=_MS)


def test_what_is_being_deleted_is_neither_changed_nor_left_before_it_is_told(
    qtbot: QtBot, open_console: OpenConsole, own_service: ServiceProcess, administrator: Administrator
) -> None:
    with threaded_relay(own_service.admin) as relay:
        console = open_console(relay).connected()
        dialog = _ask(qtbot, console, Verb.PURGE_ALL)
        release = relay.hold("/purge")
        dialog.yes.click()
        assert not any(each.isEnabled() for each in (*dialog.choices.values(), dialog.only_older, dialog.days))
        dialog.reject()
        assert dialog.isVisible()
        release()
        qtbot.waitUntil(lambda: console.window.service_verbs.purging is None, timeout=_MS)
        assert console.window.statusBar().currentMessage().startswith("Deleted: ")
        assert len(administrator.items("/audit-trail?verb=purge")) == 1
        console.close()
