"""How the Upload Updates wizard is opened: by its key, and by dropping packages on the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget, QWizard
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.sample_packages import package
from tests.support.service_process import ServiceProcess
from tests.support.upload_wizards import UploadWalk, saved

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind

_MS = 30_000

OpenConsole = Callable[..., Console]


def test_ctrl_u_opens_the_wizard_and_brings_it_back_to_the_front(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    console.open(NodeKind.PACKAGES)
    assert Verb.UPLOAD_UPDATES in console.offered()
    assert console.window.commands.actions[Verb.UPLOAD_UPDATES].shortcut().toString() == "Ctrl+U"
    for _ in range(2):
        console.window.commands.actions[Verb.UPLOAD_UPDATES].trigger()
    assert len(console.window.uploading.wizards) == 1


def _drop(target: QWidget, *paths: Path) -> bool:
    """Drop files on a widget, as the system does; whether anybody took them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    data.setText("\n".join(map(str, paths)))
    place, copy, left = QPoint(5, 5), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(place, copy, data, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(target, enter)
    drop = QDropEvent(QPointF(place), copy, data, left, Qt.KeyboardModifier.NoModifier, QEvent.Type.Drop)
    QApplication.sendEvent(target, drop)
    return drop.isAccepted()


@pytest.mark.parametrize("where", ["list", "tree", "actions", "filter"])
def test_a_package_that_is_dropped_anywhere_in_the_window_opens_the_wizard_with_it(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path, where: str
) -> None:
    console = open_console(shared_service).connected()
    console.open(NodeKind.DEVICES)
    window = console.window
    bar = window.list_pane.filter_bar
    targets: dict[str, QWidget] = {
        "list": window.list_pane.view.viewport(),
        "tree": window.scope.viewport(),
        "actions": window.actions_pane,
        "filter": bar.findChildren(QWidget)[0],
    }
    if where == "filter":
        _drop(window, tmp_path / "enters.cab")  # what is dragged comes in over the window's frame
        window.uploading.stop()
    path = saved(tmp_path, "Phone.CAB", b"MSCF")
    assert _drop(targets[where], path, tmp_path / "notes.txt")
    (wizard,) = window.uploading.wizards
    qtbot.waitUntil(lambda: [file.path for file in wizard.plan.files] == [path], timeout=_MS)
    assert bar.values() == {}


def test_what_is_no_package_is_not_taken(
    open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path
) -> None:
    console = open_console(shared_service).connected()
    assert not _drop(console.window.list_pane.view.viewport(), saved(tmp_path, "notes.txt", b"hello"))
    assert console.window.uploading.wizards == []


def test_help_desk_is_told_that_it_may_not_upload(
    open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path
) -> None:
    account = {"name": "hedy", "role": "help_desk", "password": "a long password"}
    assert Administrator(shared_service).ask("POST", "/accounts", account).status == 201
    console = open_console(shared_service, "hedy", "a long password").connected()
    console.open(NodeKind.PACKAGES)
    assert Verb.UPLOAD_UPDATES not in console.offered()
    _drop(console.window.list_pane, saved(tmp_path, "Phone.cab", b"MSCF"))
    assert console.window.uploading.wizards == []
    assert "may upload packages" in console.window.banner.text.text()


def test_a_wizard_takes_packages_only_as_long_as_files_are_chosen(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    first, second = (saved(tmp_path, f"{name}.cab", package("4.0", models=[device_model])) for name in "ab")
    walk = UploadWalk(qtbot, open_console(shared_service).connected())
    assert _drop(walk.wizard.files_page.files.viewport(), first)
    qtbot.waitUntil(walk.wizard.files_page.isComplete, timeout=_MS)
    walk.click(QWizard.WizardButton.NextButton)
    walk.until_rest()
    assert not _drop(walk.wizard.inspection_page.uploads.rows.viewport(), second)
    assert [file.path for file in walk.wizard.plan.files] == [first]
