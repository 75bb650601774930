"""The property sheet of a package in the real window: general, updates, findings, all to be copied."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from tests.support.cabinets import cabinet, manifest_xml, update_xml
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.service_process import ACCOUNT, ServiceProcess

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.sheets.package_sheet import PackageSheet

OpenConsole = Callable[..., Console]


def _import(service: ServiceProcess, model: str, *names: str) -> None:
    for name in names:
        manifest = manifest_xml(update_xml("CPE.nbt", model=model, version=f"{len(name)}.0"))
        members = [("updateInfo.xml", manifest), ("CPE.nbt", name.encode()), ("unused.txt", b"x")]
        Administrator(service).import_package(cabinet(members), name)


def _sheet(console: Console, search: str, rows: int) -> PackageSheet:
    console.connected().open(NodeKind.PACKAGES)
    console.filter(rows=rows, search=search)
    console.select_all()
    console.window.commands.actions[Verb.PROPERTIES].trigger()
    sheet = console.window.sheets.open_sheets()[-1]
    assert isinstance(sheet, PackageSheet)
    return sheet


def test_a_package_tells_who_imported_it_what_is_in_it_and_what_was_noticed(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, device_model: str
) -> None:
    _import(shared_service, device_model, f"{device_model}.cab")
    sheet = _sheet(open_console(shared_service), device_model, 1)
    assert sheet.windowTitle() == f"{device_model}.cab Properties"
    assert dict(sheet.general.facts())["By"] == ACCOUNT
    assert sheet.updates.table.row_texts(0)[0] == f"Polycom {device_model} A ENU CPE"
    assert sheet.updates.table.row_texts(0)[2] == "now pending"
    assert sheet.findings.lines.texts() == ["The file 'unused.txt' is in the package, but no update uses it."]
    sheet.show_page(sheet.findings)
    sheet.findings.lines.selectAll()
    qtbot.waitUntil(sheet.isActiveWindow)
    qtbot.keyClick(sheet.findings.lines, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == sheet.findings.lines.texts()[0]


def test_several_packages_share_one_sheet_that_is_blank_where_they_differ(
    open_console: OpenConsole, shared_service: ServiceProcess, device_model: str
) -> None:
    _import(shared_service, device_model, f"{device_model}.cab", f"{device_model}-2.cab")
    sheet = _sheet(open_console(shared_service), device_model, 2)
    assert sheet.windowTitle() == "2 Packages: Properties"
    facts = dict(sheet.general.facts())
    assert (facts["By"], facts["Name"]) == (ACCOUNT, "")
    assert len(sheet.pages) == 1
