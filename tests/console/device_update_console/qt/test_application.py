"""The program itself: its command line, what it says where it cannot be shown, and what it opens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.device_checks import ordinary_check
from tests.support.plain_calls import check
from tests.support.service_process import ServiceProcess

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.pinned_services import PinnedServices
from device_update_console.core.console_invocation import parse_invocation
from device_update_console.core.help.versions import own_version
from device_update_console.qt.window.device_opening import DeviceOpening

OpenConsole = Callable[..., Console]

_MS = 60_000


def started(*arguments: str, settings: Path, before: str = "pass", **environment: str) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    kept |= {"XDG_CONFIG_HOME": str(settings), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", **environment}
    start = f"import sys; {before}; from device_update_console.__main__ import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", start, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env=kept,
    )


def program(*arguments: str, settings: Path, before: str = "pass", **environment: str) -> tuple[int, str, str]:
    """The command to its end: exit code, stdout and stderr."""
    with started(*arguments, settings=settings, before=before, **environment) as process:
        printed, complained = process.communicate(timeout=60)
    return process.returncode, printed, complained


def test_what_is_read_from_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "console.duc"
    file.touch()
    pins = PinnedServices(tmp_path / "pins")
    one = parse_server_address("https://one").pinned("ab" * 32)
    pins.remember(one)
    arguments = ["--server", "https://one", "--server", "http://127.0.0.1:1", "--account", "anna"]
    asked = parse_invocation([*arguments, "--device", "0004f2000176", str(file)], {}, pins)
    assert asked.servers == (one, parse_server_address("http://127.0.0.1:1"))
    assert (asked.account, asked.device, asked.file) == ("anna", "00-04-F2-00-01-76", file)
    assert parse_invocation([], {}, pins).servers == ()


def test_the_version_is_said_without_a_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_invocation(["--version"], {}, PinnedServices(tmp_path / "pins"))
    assert (ended.value.code, capsys.readouterr().out) == (0, f"device-update-console, version {own_version()}\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--server", "ftp://updates"), "An address such as"),
        (("--server",), "expected one argument"),
        (("--device", "00-04-F2"), "MAC address"),
        (("--language", "tlh"), "There is no language"),
        (("nowhere.duc",), "is no file that can be read"),
        (("--password", "secret"), "unrecognized arguments"),
        (("a.duc", "b.duc"), "unrecognized arguments"),
    ],
)
def test_wrong_usage_is_a_sentence_and_ends_with_2(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    code, printed, complained = program(*arguments, settings=tmp_path, QT_QPA_PLATFORM="offscreen")
    assert (code, printed) == (2, "")
    assert sentence in complained
    assert "Traceback" not in complained
    assert list(tmp_path.iterdir()) == []


def test_a_missing_extra_is_a_sentence_and_ends_with_2(tmp_path: Path) -> None:
    code, _, complained = program(settings=tmp_path, before="sys.modules['PySide6'] = None")
    assert code == 2
    assert complained == (
        "device-update-console needs the extra 'console', which is not installed: PySide6 is missing.\n"
    )


def test_a_library_of_the_system_that_is_missing_is_a_sentence_and_ends_with_2(tmp_path: Path) -> None:
    before = "import PySide6; sys.modules['PySide6.QtWidgets'] = None"
    code, _, complained = program(settings=tmp_path, before=before)
    assert code == 2
    assert complained.startswith("device-update-console: Qt cannot be loaded on this system: ")
    assert len(complained.splitlines()) == 1


def test_without_a_screen_that_is_said_instead_of_an_abort(tmp_path: Path) -> None:
    code, _, complained = program(settings=tmp_path, QT_QPA_PLATFORM="")
    assert code == 2
    assert complained == "device-update-console: there is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.\n"


def test_the_program_talks_to_its_server_and_is_ended_in_order_from_outside(tmp_path: Path) -> None:
    """What listens is no service: the window opens all the same, and remembers how it was left."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with started("--server", url, settings=tmp_path, QT_QPA_PLATFORM="offscreen") as process:
            connection, _ = listening.accept()
            with connection:
                assert connection.recv(4) == b"GET "
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
                process.send_signal(signal.SIGTERM)
                _, complained = process.communicate(timeout=60)
    assert process.returncode == 0, complained
    assert "Traceback" not in complained
    assert "window:main" in (tmp_path / "device-update" / "console.json").read_text()


def test_a_named_device_is_shown_as_soon_as_somebody_is_signed_in(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    mac = "00-04-F2-77-01-76"
    assert check(shared_service, ordinary_check(mac)).status == 200
    console = open_console(shared_service)
    DeviceOpening(console.window, console.servers, mac)
    console.connected()
    sheets = console.window.sheets.open_sheets
    qtbot.waitUntil(lambda: len(sheets()) == 1, timeout=_MS)
    assert mac in sheets()[0].windowTitle()


def test_a_device_that_nobody_knows_is_said_not_to_be_known(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    DeviceOpening(console.window, console.servers, "00-04-F2-77-FF-FF")
    qtbot.waitUntil(console.window.banner.isVisible, timeout=_MS)
    assert "No server that answers knows the device 00-04-F2-77-FF-FF." in console.window.banner.text.text()
