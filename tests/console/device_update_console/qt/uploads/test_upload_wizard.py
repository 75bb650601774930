"""The Upload Updates wizard in the real window against real services, with real packages."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWizard
from pytestqt.qtbot import QtBot
from tests.support.announcements import Announcements
from tests.support.cabinets import cabinet, manifest_xml, update_xml
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.sample_packages import package
from tests.support.service_process import ServiceProcess
from tests.support.upload_wizards import UploadWalk, kept_uploads, saved, uploaded_bytes

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.window.navigation import ScopeKey

_MS = 30_000
_BUTTONS = QWizard.WizardButton

OpenConsole = Callable[..., Console]


def test_a_package_is_sent_once_and_what_becomes_pending_is_said_before_and_after(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    console = open_console(shared_service).connected()
    content = package("4.0", models=[device_model])
    path, before = saved(tmp_path, "Phone.cab", content), uploaded_bytes(shared_service)
    walk = UploadWalk(qtbot, console)
    walk.inspect(path)
    assert walk.lines(path) == [f"Polycom {device_model} A ENU CPE: version 4.0 will be pending."]
    assert Administrator(shared_service).items(f"/rules?model={device_model}") == []
    walk.import_all()
    assert walk.lines(path) == [f"Polycom {device_model} A ENU CPE: version 4.0 is pending now."]
    assert walk.wizard.result_page.subTitle() == "1 update is pending now."
    assert uploaded_bytes(shared_service) - before == len(content)
    (rule,) = Administrator(shared_service).items(f"/rules?model={device_model}")
    assert rule["pending"]["version"] == "4.0"
    assert console.failures == []


def test_on_each_page_the_keyboard_is_on_the_files_and_what_came_of_them_is_announced(
    qtbot: QtBot,
    open_console: OpenConsole,
    shared_service: ServiceProcess,
    tmp_path: Path,
    device_model: str,
    announcements: Announcements,
) -> None:
    walk = UploadWalk(qtbot, open_console(shared_service).connected())
    walk.inspect(saved(tmp_path, "Phone.cab", package("4.0", models=[device_model])))
    pages = walk.wizard.inspection_page, walk.wizard.result_page
    walk.until(lambda: walk.wizard.focusWidget() is pages[0].uploads.rows)
    assert announcements.said[-1] == "Everything can be imported."
    walk.import_all()
    walk.until(lambda: walk.wizard.focusWidget() is pages[1].uploads.rows)
    assert announcements.said[-1] == "1 update is pending now."
    assert announcements.urgent == []


def test_the_link_on_the_last_page_shows_the_pending_updates(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    console = open_console(shared_service).connected()
    walk = UploadWalk(qtbot, console)
    walk.inspect(saved(tmp_path, "Phone.cab", package("4.0", models=[device_model])))
    walk.import_all()
    walk.wizard.result_page.link.linkActivated.emit(console.origin)
    assert console.window.node == ScopeKey(NodeKind.PENDING_UPDATES, console.origin)
    assert console.window.uploading.wizards == []


def test_a_rule_that_is_approved_at_import_is_said_so(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    administrator = Administrator(shared_service)
    assert administrator.ask("PATCH", "/settings", {"deploy_on_import": [device_model]}).status == 200
    update = update_xml("CPE.nbt", model=device_model, extra=f'deviceType="{device_model}"')
    path = saved(tmp_path, "Table.cab", cabinet([("updateInfo.xml", manifest_xml(update)), ("CPE.nbt", b"x")]))
    walk = UploadWalk(qtbot, open_console(shared_service).connected())
    walk.inspect(path)
    assert walk.lines(path)[0].endswith(f"will be approved at once, as this server does for {device_model}.")
    walk.import_all()
    assert walk.wizard.result_page.subTitle() == "1 update was approved at once."
    assert walk.wizard.result_page.link.text() == ""


def test_errors_and_warnings_are_one_line_each_and_a_refused_file_keeps_no_other_back(
    qtbot: QtBot, open_console: OpenConsole, own_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    empty, text = saved(tmp_path, "empty.cab", b""), saved(tmp_path, "notes.cab", b"just words")
    good = saved(tmp_path, "good.cab", package("4.0", models=[device_model]))
    walk = UploadWalk(qtbot, open_console(own_service).connected())
    walk.inspect(empty, text, good)
    for path in (empty, text):
        (line,) = walk.lines(path)
        assert line.endswith("is neither a cabinet (.cab) nor a self-extracting program that holds one.")
        assert not walk.wizard.inspection_page.manifest.isEnabled()
    walk.import_all()
    assert walk.wizard.result_page.subTitle() == "1 update is pending now. 2 uploads were not imported."
    walk.click(_BUTTONS.FinishButton)
    qtbot.waitUntil(lambda: kept_uploads(own_service) == [], timeout=_MS)


def test_nothing_can_be_imported_where_every_file_is_refused(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path
) -> None:
    walk = UploadWalk(qtbot, open_console(shared_service).connected())
    walk.inspect(saved(tmp_path, "notes.cab", b"just words"))
    assert not walk.wizard.button(_BUTTONS.CommitButton).isEnabled()
    assert walk.wizard.inspection_page.state.text() == "Nothing can be imported."


def test_a_package_without_a_manifest_is_imported_with_the_one_that_is_entered(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    content = cabinet([("CPE.nbt", b"firmware"), ("CPE.cat", b"signed"), ("readme.txt", b"hello")])
    path, before = saved(tmp_path, "bare.cab", content), uploaded_bytes(shared_service)
    walk = UploadWalk(qtbot, open_console(shared_service).connected())
    walk.inspect(path)
    assert not walk.wizard.button(_BUTTONS.CommitButton).isEnabled()
    walk.press(walk.wizard.inspection_page.manifest)
    dialog = walk.wizard.manifest_dialog
    assert dialog is not None
    assert not dialog.inspect.isEnabled()
    qtbot.keyClicks(dialog.entries["version"].editor, "4.0.x")
    assert dialog.entries["version"].wrong.text().startswith("A version is one to four numbers")
    qtbot.keyClick(dialog.entries["version"].editor, Qt.Key.Key_Backspace)
    qtbot.keyClicks(dialog.entries["version"].editor, "1")
    qtbot.keyClicks(dialog.entries["brand"].editor, "Polycom")
    qtbot.keyClicks(dialog.entries["model"].editor, device_model)
    assert [dialog.files.signature(row) is not None for row in range(3)] == [True, False, False]
    walk.press(dialog.inspect)
    walk.until_rest()
    assert walk.lines(path)[0] == f"Polycom {device_model} A ENU CPE: version 4.0.1 will be pending."
    walk.import_all()
    assert uploaded_bytes(shared_service) - before == len(content)
    (rule,) = Administrator(shared_service).items(f"/rules?model={device_model}")
    assert [(file["name"], file["signature"]) for file in rule["pending"]["files"]] == [("CPE.nbt", "CPE.cat")]


def test_several_updates_can_be_entered_and_loaded_and_images_chosen(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    path = saved(tmp_path, "bare.cab", cabinet([("a.nbt", b"a"), ("b.nbt", b"b"), ("all.cat", b"signed")]))
    manifest = manifest_xml(
        update_xml("a.nbt", model=device_model, version="4.0"),
        update_xml("b.nbt", model=f"{device_model}x", version="5.0"),
    )
    walk = UploadWalk(qtbot, open_console(shared_service).connected())
    walk.inspect(path)
    walk.press(walk.wizard.inspection_page.manifest)
    dialog = walk.wizard.manifest_dialog
    assert dialog is not None
    dialog.load_file(saved(tmp_path, "broken.xml", b"<x"))
    qtbot.waitUntil(dialog.banner.isVisible, timeout=_MS)
    assert "broken.xml cannot be used: it is not XML" in dialog.banner.text.text()
    dialog.load_file(saved(tmp_path, "mine.xml", manifest))
    qtbot.waitUntil(lambda: dialog.updates.count() == 2, timeout=_MS)
    assert not dialog.banner.isVisible()
    dialog.updates.setCurrentIndex(1)
    assert dialog.entries["version"].editor.text() == "5.0"  # type: ignore[union-attr]
    dialog.files.tick(0)
    signature = dialog.files.signature(0)
    assert signature is not None
    signature.setCurrentIndex(signature.findText("all.cat"))
    signature.activated.emit(signature.currentIndex())
    dialog.files.tick(1, is_image=False)
    walk.press(dialog.inspect)
    walk.until_rest()
    walk.import_all()
    rules = Administrator(shared_service).items(f"/rules?search={device_model}")
    pending = {rule["model"]: rule["pending"] for rule in rules}
    assert {name: [file["name"] for file in slot["files"]] for name, slot in pending.items()} == {
        device_model: ["a.nbt"], f"{device_model}x": ["a.nbt"],
    }  # fmt: skip
    assert pending[f"{device_model}x"]["files"][0]["signature"] == "all.cat"


def test_other_connected_servers_get_it_too_with_a_result_for_each(
    qtbot: QtBot,
    open_console: OpenConsole,
    shared_service: ServiceProcess,
    own_service: ServiceProcess,
    tmp_path: Path,
    device_model: str,
) -> None:
    console = open_console(shared_service).connected()
    other = console.servers.show(parse_server_address(own_service.admin), environment=os.environ)
    qtbot.waitUntil(lambda: isinstance(other.state, Connected), timeout=_MS)
    content = package("4.0", models=[device_model])
    path = saved(tmp_path, "Phone.cab", content)
    Administrator(own_service).import_package(content)
    walk = UploadWalk(qtbot, console)
    walk.wizard.files_page.others[other.address.origin].setChecked(True)
    walk.inspect(path)
    walk.import_all()
    assert [(upload.server, upload.updates[0].effect) for upload in walk.wizard.plan.uploads] == [
        (console.origin, "pending"), (other.address.origin, "unchanged"),
    ]  # fmt: skip
    assert walk.wizard.result_page.subTitle() == "1 update is pending now. 1 update changed nothing."
    assert uploaded_bytes(own_service) == 2 * len(content)
    assert len(Administrator(own_service).items("/packages")) == 2
