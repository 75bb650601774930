"""`run.py` says what is missing where it may not install it, and knows its words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run_py(*arguments: str, code: str = "", path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """``run.py`` itself, or a piece of code that imports it, where ``path`` is all there is to find programs in."""
    command = [sys.executable, "-c", code] if code else [sys.executable, "run.py", *arguments]
    environment = os.environ | ({} if path is None else {"PATH": str(path)})
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_where_it_cannot_install_it_prints_the_exact_command_and_why(tmp_path: Path) -> None:
    code = "import run; run.install_debian_packages({'libarchive13': 'to read packages', 'gcab': 'to test'})"
    answer = run_py(code=code, path=tmp_path)
    assert answer.returncode == 1
    assert "  libarchive13: to read packages\n  gcab: to test\n" in answer.stderr
    assert "  sudo apt-get install --yes --no-install-recommends libarchive13 gcab\n" in answer.stderr


def test_it_finds_out_by_itself_which_programs_are_missing(tmp_path: Path) -> None:
    code = "import run; print(*run.missing_debian_packages(for_tests=True))"
    everything_missing = set(run_py(code=code, path=tmp_path).stdout.split())
    assert everything_missing >= {"cabextract", "gcab", "curl", "gcc", "libkrb5-dev", "winbind", "gnome-keyring"}
    assert run_py(code=code).stdout.split() == []


def test_the_demonstration_needs_no_tools_of_the_tests(tmp_path: Path) -> None:
    code = "import run; print(*run.missing_debian_packages(for_tests=False))"
    assert run_py(code=code, path=tmp_path).stdout.split() == []


def test_a_library_that_is_not_there_is_noticed() -> None:
    code = "import run; print(run.is_loadable('libc.so.6'), run.is_loadable('libnosuchlibrary.so.1'))"
    assert run_py(code=code).stdout.split() == ["True", "False"]


@pytest.mark.parametrize(
    ("word", "fault"),
    [
        ("tset", "unrecognized arguments: tset"),
        ("--onc", "unrecognized arguments: --onc"),
        ("-v", "unrecognized arguments: -v"),
        ("--screenshots", "argument --screenshots: expected one argument"),
    ],
)
def test_a_word_it_does_not_know_is_refused_with_the_usage(word: str, fault: str) -> None:
    answer = run_py(word)
    assert answer.returncode == 2
    assert answer.stderr.startswith("usage: python3 run.py")
    assert answer.stderr.endswith(f"run.py: error: {fault}\n")


def test_it_explains_itself() -> None:
    answer = run_py("--help")
    assert (answer.returncode, answer.stdout.startswith("usage: python3 run.py")) == (0, True)


def test_pictures_are_saved_in_the_folder_that_was_meant_where_the_command_was_given() -> None:
    code = "import run; print(*run.demonstration_words(['--screenshots', 'pictures', '--once']), sep=' ')"
    assert run_py(code=code).stdout == f"--once --screenshots {ROOT / 'pictures'}\n"


def test_what_was_installed_for_the_tests_serves_the_demonstration_and_not_the_other_way_round() -> None:
    code = (
        "import run; demonstration, tests = map(run.stamp_of, (run.DEMONSTRATION_EXTRAS, run.TEST_EXTRAS))\n"
        "for stamp in ('', 'x' + demonstration, demonstration, tests):\n"
        "    print(run.is_installed(run.DEMONSTRATION_EXTRAS, stamp), run.is_installed(run.TEST_EXTRAS, stamp))"
    )
    answers = run_py(code=code).stdout.splitlines()
    assert answers == ["False False", "False False", "True False", "True True"]


def test_servers_are_not_started_when_their_packages_are_installed(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    code = (
        f"import run, subprocess, pathlib; run.START_POLICY = pathlib.Path({str(policy)!r})\n"
        "with run.no_servers_started(): print(subprocess.run([run.START_POLICY]).returncode)\n"
        "print(run.START_POLICY.exists())"
    )
    assert run_py(code=code).stdout.split() == ["101", "False"]
    policy.write_text("of the machine")
    assert run_py(code=code.replace("subprocess.run([run.START_POLICY]).returncode", "0")).stdout.split() == [
        "0",
        "True",
    ]
    assert policy.read_text() == "of the machine"
