"""What ``python3 run.py`` does: it shows the main job, keeps others out, and leaves nothing behind when it ends."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.end_to_end


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "device_update_simulator.demonstration", "--folder", str(folder), *options]


@contextmanager
def demonstration(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    # A shell's background job ignores Ctrl+C, and so would whatever is started from it.
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(
        command(folder, *options), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    signal.signal(signal.SIGINT, inherited)
    with running:
        try:
            yield running
        finally:
            running.kill()


def read_until(running: subprocess.Popen[str], text: str) -> str:
    """What it prints up to a line that holds ``text``; all that it printed when it ends before."""
    assert running.stdout is not None
    printed = ""
    for line in running.stdout:
        printed += line
        if text in line:
            break
    return printed


def watched_children(parent: int) -> list[int]:
    """Descriptors of the programs that a demonstration keeps running; they become readable when those end."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [os.pidfd_open(int(child)) for child in children]


def assert_all_end(watched: list[int]) -> None:
    for descriptor in watched:
        readable, _, _ = select.select([descriptor], [], [], 30)
        os.close(descriptor)
        assert readable, "a program outlived the demonstration"


@pytest.mark.timeout(420)
def test_it_shows_the_job_and_stays_until_ctrl_c_then_again_in_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "demo"
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with demonstration(folder) as running:
        printed = read_until(running, "Ctrl+C ends both")
        assert "Ctrl+C ends both" in printed, printed
        pictures = {picture.stem for picture in (folder / "screenshots").glob("*.png")}
        assert {
            "overview",
            "node-devices",
            "node-pending-updates",
            "dialog-approve",
            "dialog-upload-updates",
        } <= pictures
        second = subprocess.run(command(folder), capture_output=True, text=True, timeout=180, check=False)
        assert (second.returncode, second.stdout) == (1, "")
        assert "Another demonstration is running" in second.stderr
        watched = watched_children(running.pid)
        assert len(watched) == 2
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(timeout=180) == 0
        assert_all_end(watched)
    with demonstration(folder) as again:
        assert " 3. Nothing was imported yet" in read_until(again, " 3. ")
        again.send_signal(signal.SIGTERM)
        assert again.wait(timeout=180) == 1  # not every step was shown


def test_nothing_outlives_a_demonstration_that_is_killed(tmp_path: Path) -> None:
    with demonstration(tmp_path / "demo") as running:
        read_until(running, " 1. ")
        watched = watched_children(running.pid)
        assert watched != []
        running.kill()
        running.wait(timeout=30)
        assert_all_end(watched)


def test_verbose_shows_real_requests_and_answers_without_secrets(tmp_path: Path) -> None:
    with demonstration(tmp_path / "demo", "--verbose") as running:
        printed = read_until(running, " 4. ") + read_until(running, " 5. ")
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=180) == 1  # not every step was shown
    assert ">>> POST /RequestHandler/ucdevice.upx" in printed
    assert '<Reason code="no-rule-for-device-class">' in printed
    assert not re.search(r"(?i)authorization: \w+ (?!\(left out\))", printed)


def test_what_is_meant_for_another_service_does_not_disturb_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVICE_UPDATE_SERVICE_POOL", "")
    monkeypatch.setenv("DEVICE_UPDATE_SERVICE_DATA", str(tmp_path / "other"))
    with demonstration(tmp_path / "demo") as running:
        assert " 1. The service runs" in read_until(running, " 1. ")
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=180) == 1
    assert not (tmp_path / "other").exists()


def test_a_folder_that_can_not_be_used_is_said_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "a-file"
    file.write_text("")
    answer = subprocess.run(command(file / "demo"), capture_output=True, text=True, timeout=180, check=False)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == f"The demonstration cannot use {file / 'demo'}: Not a directory.\n"
