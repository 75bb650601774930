"""Uploads that are cancelled, cut, or whose files change: what is said, what is left, and how it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWizard
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.sample_packages import package
from tests.support.service_process import ServiceProcess
from tests.support.upload_wizards import UploadWalk, kept_uploads, large_file, saved

_MS = 30_000
_BUTTONS = QWizard.WizardButton

OpenConsole = Callable[..., Console]


@pytest.fixture
def small_service(data_folder: Path) -> Iterator[ServiceProcess]:
    """A service that takes packages of a megabyte."""
    service = ServiceProcess(data_folder, environment={"DEVICE_UPDATE_SERVICE_LIMITS__PACKAGE_BYTES": "1000000"})
    service.start()
    yield service
    service.end()


def test_what_was_inspected_and_is_not_wanted_is_deleted_on_the_service(
    qtbot: QtBot, open_console: OpenConsole, own_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    walk = UploadWalk(qtbot, open_console(own_service).connected())
    walk.inspect(saved(tmp_path, "Phone.cab", package("4.0", models=[device_model])))
    assert len(kept_uploads(own_service)) == 1
    walk.click(_BUTTONS.CancelButton)
    qtbot.waitUntil(lambda: kept_uploads(own_service) == [], timeout=_MS)


def test_cancelling_while_bytes_are_sent_asks_and_then_leaves_nothing(
    qtbot: QtBot, open_console: OpenConsole, own_service: ServiceProcess, tmp_path: Path
) -> None:
    console = open_console(own_service).connected()
    walk = UploadWalk(qtbot, console)
    walk.add(large_file(tmp_path))
    walk.click(_BUTTONS.NextButton)
    walk.until_sending()
    walk.click(_BUTTONS.CancelButton)
    question = walk.wizard.asked.dialog
    assert question is not None
    assert question.no.isDefault()
    walk.press(question.no)
    assert walk.wizard.runs.is_running
    walk.wizard.close()
    question = walk.wizard.asked.dialog
    assert question is not None
    walk.press(question.yes)
    qtbot.waitUntil(lambda: kept_uploads(own_service) == [], timeout=_MS)
    assert console.window.uploading.wizards == []
    assert console.failures == []


def test_whether_to_cancel_is_asked_no_longer_once_there_is_nothing_to_cancel(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    walk = UploadWalk(qtbot, open_console(shared_service).connected())
    walk.inspect(saved(tmp_path, "Phone.cab", package("4.0", models=[device_model])))
    walk.click(_BUTTONS.CommitButton)
    walk.click(_BUTTONS.CancelButton)
    assert walk.wizard.asked.dialog is not None
    walk.until_rest()
    assert walk.wizard.asked.dialog is None
    assert walk.wizard.isVisible()
    assert walk.wizard.currentPage() is walk.wizard.result_page


def test_closing_the_window_while_bytes_are_sent_asks_and_then_leaves_nothing(
    qtbot: QtBot, open_console: OpenConsole, own_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    console = open_console(own_service).connected()
    walk = UploadWalk(qtbot, console)
    walk.add(saved(tmp_path, "Phone.cab", package("4.0", models=[device_model])), large_file(tmp_path))
    walk.click(_BUTTONS.NextButton)
    walk.until(lambda: walk.wizard.plan.uploads[1].sent > 0)
    assert not console.window.close()
    question = console.window.uploading.asked.dialog
    assert question is not None
    assert question.no.isDefault()
    walk.press(question.no)
    assert console.window.isVisible()
    assert walk.wizard.runs.is_running
    console.window.close()
    question = console.window.uploading.asked.dialog
    assert question is not None
    walk.press(question.yes)
    assert not console.window.isVisible()
    console.close()
    qtbot.waitUntil(lambda: kept_uploads(own_service) == [], timeout=_MS)


def test_a_server_that_goes_down_is_said_and_the_upload_goes_on_from_the_same_page(
    qtbot: QtBot, open_console: OpenConsole, own_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    console = open_console(own_service).connected()
    large, good = large_file(tmp_path), saved(tmp_path, "Phone.cab", package("4.0", models=[device_model]))
    walk = UploadWalk(qtbot, console)
    walk.add(large, good)
    walk.click(_BUTTONS.NextButton)
    walk.until_sending()
    own_service.kill()
    walk.until_rest()
    page = walk.wizard.inspection_page
    assert walk.wizard.currentPage() is page
    assert page.banner.isVisible()
    assert page.banner.try_again.isVisible()
    assert own_service.admin in page.banner.text.text()
    with large.open("r+b") as file:
        file.truncate(10)
    own_service.start()
    walk.press(page.banner.try_again)
    walk.until_rest()
    assert not page.banner.isVisible()
    assert walk.upload(good).can_be_imported
    walk.import_all()
    assert walk.upload(good).package is not None


def test_a_file_that_becomes_shorter_or_vanishes_is_said_and_can_be_tried_again(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    content = package("4.0", models=[device_model])
    large, gone = large_file(tmp_path), saved(tmp_path, "Phone.cab", content)
    walk = UploadWalk(qtbot, open_console(shared_service).connected())
    walk.add(large, gone)
    gone.unlink()
    walk.click(_BUTTONS.NextButton)
    walk.until_sending()
    with large.open("r+b") as file:
        file.truncate(10)
    walk.until_rest()
    assert walk.wizard.inspection_page.banner.text.text().splitlines() == [
        "large.cab became shorter while it was sent.",
        "Phone.cab cannot be read: No such file or directory.",
    ]
    gone.write_bytes(content)
    walk.press(walk.wizard.inspection_page.banner.try_again)
    walk.until_rest()
    assert walk.upload(gone).can_be_imported


def test_a_file_that_is_larger_than_the_service_takes_is_refused_in_its_own_words(
    qtbot: QtBot, open_console: OpenConsole, small_service: ServiceProcess, tmp_path: Path
) -> None:
    path = large_file(tmp_path)
    walk = UploadWalk(qtbot, open_console(small_service).connected())
    walk.inspect(path)
    assert walk.lines(path) == ["The package is larger than 1000000 bytes."]
    assert not walk.wizard.inspection_page.banner.isVisible()
    assert kept_uploads(small_service) == []


def test_whoever_has_to_sign_in_again_meanwhile_is_asked_and_the_upload_goes_on(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path, device_model: str
) -> None:
    administrator = Administrator(shared_service)
    account = {"name": device_model.lower(), "role": "operator", "password": "the first password"}
    assert administrator.ask("POST", "/accounts", account).status == 201
    console = open_console(shared_service, account["name"], account["password"]).connected()
    walk = UploadWalk(qtbot, console)
    path = saved(tmp_path, "Phone.cab", package("4.0", models=[device_model]))
    walk.add(path)
    changed = {"password": "the second password"}
    assert administrator.ask("PATCH", f"/accounts/{account['name']}", changed).status == 200
    walk.click(_BUTTONS.NextButton)
    dialogs = console.windows.signing_in.dialogs
    qtbot.waitUntil(lambda: console.origin in dialogs, timeout=_MS)
    dialog = dialogs[console.origin]
    dialog.account.setText(account["name"])
    dialog.password.setText("the second password")
    console.press(dialog.sign_in)
    walk.until_rest()
    assert walk.upload(path).can_be_imported
