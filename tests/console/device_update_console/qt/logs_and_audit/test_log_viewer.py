"""Device logs in the real window against the real service: read whatever is in them, saved, and whose they are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot
from tests.support.binary_logs import CE_LOG, CRASH_DUMP, ce_event
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess

from device_update_console.core.logs_and_audit.log_windows import LogForm
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.logs_and_audit.log_viewer import LogViewer
from device_update_console.qt.sheets.device_sheet import DeviceSheet
from device_update_contract.log_contents.log_bytes import PIECE

_MS = 60_000
_DEVICE = ("--vendor", "Polycom", "--model", "CX700")

OpenConsole = Callable[..., Console]


def simulate(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "device_update_simulator", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def send(service: ServiceProcess, log: Path, mac: str) -> None:
    simulate("log", str(log), "--url", service.internal, "--mac", mac, *_DEVICE)


def open_log(console: Console, qtbot: QtBot, name: str) -> LogViewer:
    console.open(NodeKind.DEVICE_LOGS)
    console.filter(search=name)
    console.select_first()
    qtbot.waitUntil(console.window.commands.actions[Verb.VIEW_LOG].isEnabled, timeout=_MS)
    console.press_key(Qt.Key.Key_Return)
    viewer = console.window.item_verbs.logs.viewer
    assert viewer is not None
    qtbot.waitUntil(lambda: bool(viewer.place.text()), timeout=_MS)
    return viewer


def test_a_text_is_read_and_saved(
    open_console: OpenConsole, shared_service: ServiceProcess, qtbot: QtBot, tmp_path: Path
) -> None:
    log = tmp_path / "readable.txt"
    log.write_bytes("power on\r\nGer\u00e4t \u202etxet\u202c \N{PILE OF POO}\r\n".encode())
    send(shared_service, log, "00-04-F2-0A-00-01")
    console = open_console(shared_service).connected()
    viewer = open_log(console, qtbot, "readable.txt")
    assert viewer.body.toPlainText().splitlines()[0] == "power on"
    assert not viewer.pieces.isVisible()
    viewer.form.setCurrentIndex(viewer.form.findData(LogForm.HEXADECIMAL))
    assert viewer.body.toPlainText().startswith("0000000000  70 6f 77 65 72")
    viewer.close()
    console.window.commands.actions[Verb.SAVE_LOG].trigger()
    saving = console.window.item_verbs.logs.saving
    assert saving is not None
    target = tmp_path / "saved.txt"
    saving.fileSelected.emit(str(target))
    qtbot.waitUntil(target.exists, timeout=_MS)
    assert target.read_bytes() == log.read_bytes()
    saving.done(QDialog.DialogCode.Rejected)
    assert console.failures == []


def test_a_large_log_of_nul_and_junk_is_read_piece_by_piece(
    open_console: OpenConsole, shared_service: ServiceProcess, qtbot: QtBot, tmp_path: Path
) -> None:
    log = tmp_path / "junk.dmp"
    log.write_bytes(bytes(40 * PIECE) + b"\xff\xfe\x00 the end of it")
    send(shared_service, log, "00-04-F2-0A-00-02")
    console = open_console(shared_service).connected()
    viewer = open_log(console, qtbot, "junk.dmp")
    assert viewer.form.currentData() == LogForm.HEXADECIMAL
    assert viewer.pieces.maximum() == 40
    viewer.pieces.setValue(40)
    viewer.form.setCurrentIndex(viewer.form.findData(LogForm.STRINGS))
    qtbot.waitUntil(lambda: "the end of it" in viewer.body.toPlainText(), timeout=_MS)
    assert "the end" in viewer.body.toPlainText()
    viewer.close()


def test_from_a_log_and_from_a_check_one_comes_to_the_device(
    open_console: OpenConsole, shared_service: ServiceProcess, qtbot: QtBot, tmp_path: Path
) -> None:
    log = tmp_path / "whose.txt"
    log.write_text("x")
    mac = "00-04-F2-0A-00-03"
    simulate("check", "--url", shared_service.internal, "--mac", mac, *_DEVICE)
    send(shared_service, log, mac)
    console = open_console(shared_service).connected()
    for kind in (NodeKind.DEVICE_LOGS, NodeKind.UPDATE_LOG):
        console.open(kind)
        console.filter(search=mac)
        console.select_first()
        qtbot.waitUntil(console.window.commands.actions[Verb.SHOW_DEVICE].isEnabled, timeout=_MS)
        sheet = console.sheet(Verb.SHOW_DEVICE)
        assert isinstance(sheet, DeviceSheet)
        sheet.close()
    assert console.failures == []


def test_a_ce_log_is_read_as_lines_of_events_below_its_facts_and_stays_bytes_on_demand(
    open_console: OpenConsole, shared_service: ServiceProcess, qtbot: QtBot, tmp_path: Path
) -> None:
    log = tmp_path / "start.clg"
    log.write_bytes(CE_LOG + ce_event(0x2001, "far away\0".encode("utf-16-le")) * 5000)
    send(shared_service, log, "00-04-F2-0A-00-04")
    console = open_console(shared_service).connected()
    viewer = open_log(console, qtbot, "start.clg")
    assert viewer.form.currentData() == LogForm.TEXT
    assert viewer.facts.told["Kind"] == "Windows CE event log (CeLog), version 2"
    assert viewer.facts.told["Events"].startswith("more than")
    assert "THREAD_SWITCH         thread=01540006 (cpe.exe)" in viewer.body.toPlainText()
    viewer.form.setCurrentIndex(viewer.form.findData(LogForm.HEXADECIMAL))
    assert viewer.body.toPlainText().startswith("0000000000  0c 00 ff 9f")
    viewer.pieces.setValue(1)
    qtbot.waitUntil(lambda: viewer.body.toPlainText().startswith("0000010000"), timeout=_MS)
    viewer.form.setCurrentIndex(viewer.form.findData(LogForm.TEXT))
    qtbot.waitUntil(lambda: "USER+1" in viewer.body.toPlainText(), timeout=_MS)
    assert viewer.body.toPlainText().splitlines()[-1].endswith("far away")
    assert viewer.facts.told["Events"] == "5,030 in 4 s"
    viewer.close()
    assert console.failures == []


def test_a_jump_far_down_a_ce_log_tells_how_far_it_is_and_can_be_stopped(
    open_console: OpenConsole, shared_service: ServiceProcess, qtbot: QtBot, tmp_path: Path
) -> None:
    log = tmp_path / "long.clg"
    log.write_bytes(CE_LOG + ce_event(0x2001, "far away\0".encode("utf-16-le")) * 400_000)
    send(shared_service, log, "00-04-F2-0A-00-05")
    viewer = open_log(open_console(shared_service).connected(), qtbot, "long.clg")
    begun = viewer.body.toPlainText()
    last = viewer.pieces.maximum()
    viewer.pieces.setValue(last)
    qtbot.waitUntil(viewer.stop.isVisible, timeout=_MS)
    assert viewer.place.text().startswith("Reading the events before it: ")
    qtbot.mouseClick(viewer.stop, Qt.MouseButton.LeftButton)
    assert not viewer.stop.isVisible()
    assert (viewer.pieces.value(), viewer.body.toPlainText()) == (0, begun)
    viewer.pieces.setValue(last)
    qtbot.waitUntil(lambda: viewer.facts.told["Events"].startswith("400,0"), timeout=_MS)
    assert not viewer.stop.isVisible()
    assert "far away" in viewer.body.toPlainText()
    viewer.close()


def test_a_crash_dump_tells_what_failed_and_lists_what_was_loaded(
    open_console: OpenConsole, shared_service: ServiceProcess, qtbot: QtBot, tmp_path: Path
) -> None:
    log = tmp_path / "PC7-2026-05-01170926-WATSON-1.0.522.101.kdmp"
    log.write_bytes(CRASH_DUMP)
    send(shared_service, log, "00-04-F2-0A-00-05")
    console = open_console(shared_service).connected()
    viewer = open_log(console, qtbot, log.name)
    assert viewer.facts.told["Program"] == "cpe.exe 1.0.522.101"
    assert viewer.facts.told["Serial number"] == "PC7"
    assert viewer.body.toPlainText().splitlines()[1] == "  coredll.dll  1.0.522.101"
    viewer.form.setCurrentIndex(viewer.form.findData(LogForm.HEXADECIMAL))
    assert viewer.body.toPlainText().startswith("0000000000  43 45 44 58")
    viewer.close()
    assert console.failures == []


def test_a_click_on_the_heading_of_their_time_puts_the_oldest_checks_first_and_another_the_newest(
    open_console: OpenConsole, shared_service: ServiceProcess, qtbot: QtBot
) -> None:
    macs = [f"00-04-F2-0B-00-0{number}" for number in range(3)]
    for mac in macs:
        simulate("check", "--url", shared_service.internal, "--mac", mac, *_DEVICE)
    console = open_console(shared_service).connected()
    console.open(NodeKind.UPDATE_LOG)
    console.filter(search="00-04-F2-0B", rows=3)
    pane = console.window.list_pane
    header = pane.view.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(0) + 5, header.height() // 2)
    for expected in (macs, macs[::-1]):
        with qtbot.waitSignal(pane.view.model().modelReset, timeout=_MS):
            qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.waitUntil(console.listed, timeout=_MS)
        assert [str(pane.view.model().index(row, 1).data()) for row in range(3)] == expected


def test_a_log_that_is_one_line_of_tags_is_coloured_as_far_as_that_takes_no_time(
    open_console: OpenConsole, shared_service: ServiceProcess, qtbot: QtBot, tmp_path: Path
) -> None:
    log = tmp_path / "onelineoftags.xml"
    log.write_bytes(b"<all>" + b'<event id="1"/>' * 10_000 + b"</all>")
    send(shared_service, log, "00-04-F2-0A-00-77")
    viewer = open_log(open_console(shared_service).connected(), qtbot, "onelineoftags.xml")
    line = viewer.body.document().firstBlock().layout()
    qtbot.waitUntil(lambda: bool(line.formats()), timeout=_MS)
    assert 7_000 < max(each.start + each.length for each in line.formats()) <= 8_000 < len(viewer.body.toPlainText())
    viewer.close()
