"""The window speaks the language of the system, or the one that was asked for, and so do Qt's own texts."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from pytestqt.qtbot import QtBot

from device_update_console.core.texts.language import UnknownLanguage, spoken
from device_update_console.qt.speaking import VARIABLE, conventions_of, speak

AFTERNOON = datetime(2026, 5, 3, 14, 2, 9)  # noqa: DTZ001 -- the time zone is not what is tested

_PROGRAM = """
from datetime import datetime
from PySide6.QtCore import QCoreApplication
from device_update_console.core.texts.language import spoken
from device_update_console.qt.speaking import speak
speak(QCoreApplication([]), None, {})
print(spoken().code, spoken().conventions.moment(datetime(2026, 5, 3, 14, 2, 9)), spoken().conventions.whole(1000))
"""


def test_the_language_asked_for_wins_over_the_environment(language_application: QApplication) -> None:
    speak(language_application, "de", {VARIABLE: "en"})
    assert spoken().code == "de"
    assert spoken().conventions.moment(AFTERNOON) == "03.05.2026 14:02:09"


def test_the_environment_wins_over_the_system(language_application: QApplication) -> None:
    speak(language_application, None, {VARIABLE: "de"})
    assert spoken().code == "de"


def test_an_unknown_language_is_refused_and_changes_nothing(language_application: QApplication) -> None:
    with pytest.raises(UnknownLanguage):
        speak(language_application, "xx", {})
    assert spoken().code == "en"


def test_the_buttons_that_qt_makes_speak_the_language_too(qtbot: QtBot, language_application: QApplication) -> None:
    speak(language_application, "de", {})
    buttons = QDialogButtonBox()
    qtbot.addWidget(buttons)
    kinds = QDialogButtonBox.StandardButton
    made = [buttons.addButton(kind).text() for kind in (kinds.Yes, kinds.No, kinds.Cancel, kinds.Close)]
    assert made == ["&Ja", "&Nein", "Abbrechen", "Schließen"]


def test_keys_are_called_as_they_are_labelled(language_application: QApplication) -> None:
    speak(language_application, "de", {})
    native = QKeySequence.SequenceFormat.NativeText
    shown = [QKeySequence(keys).toString(native) for keys in ("Ctrl+F", "Del", "Alt+Return")]
    assert shown == ["Strg+F", "Entf", "Alt+Eingabe"]


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"LANG": "de_CH.UTF-8"}, "de 03.05.2026 14:02:09 1'000"),
        ({"LANG": "en_US.UTF-8"}, "en 5/3/2026 2:02:09 PM 1,000"),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "fr:de"}, "de 03/05/2026 14:02:09 1\N{NARROW NO-BREAK SPACE}000"),
        ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, "en 2026-05-03 14:02:09 1,000"),
    ],
)
def test_the_system_says_the_language_and_how_the_place_writes(variables: dict[str, str], line: str) -> None:
    others = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    command = (sys.executable, "-X", "utf8", "-c", _PROGRAM)
    told = subprocess.run(command, env=others | variables, capture_output=True, encoding="utf-8", check=True).stdout
    assert told == f"{line}\n"


def test_every_place_that_qt_knows_has_dates_and_times_without_anything_left_over() -> None:
    every = QLocale.matchingLocales(QLocale.Language.AnyLanguage, QLocale.Script.AnyScript, QLocale.Country.AnyCountry)
    for locale in every:
        shown = conventions_of(locale).moment(AFTERNOON)
        assert "2026" in shown, locale.name()
        assert "02" in shown, locale.name()
        assert "09" in shown, locale.name()
