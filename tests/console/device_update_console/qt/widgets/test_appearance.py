"""What the program paints itself can be read: in light, in dark, and by whoever needs high contrast."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from tests.support.contrasts import PICTURE, TEXT, contrast, dark_palette, light_palette, palette_of
from tests.support.setting_answers import answered

from device_update_console.core.settings.setting_fields import SettingsPage, settings_of
from device_update_console.core.settings.settings_form import SettingsForm
from device_update_console.core.verbs.confirmations import Question
from device_update_console.qt.connections.sign_in_dialog import SignInDialog
from device_update_console.qt.settings.settings_page import EditedSettingsPage
from device_update_console.qt.sheets.property_sheet import PropertySheet
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_console.qt.widgets.appearance import dress, is_dark, shades
from device_update_console.qt.widgets.icons import FOLDER, icon

PALETTES = {"light": light_palette, "dark": dark_palette}
BOTH = pytest.mark.parametrize("make", PALETTES.values(), ids=PALETTES)
_WINDOW, _BASE, _TEXT = QPalette.ColorRole.Window, QPalette.ColorRole.Base, QPalette.ColorRole.WindowText
_SELECTED = QPalette.ColorRole.Highlight


@BOTH
def test_texts_of_our_own_colours_stand_out_from_every_ground(make: Callable[[], QPalette]) -> None:
    palette = make()
    ours = shades(palette, high_contrast=False)
    for ground in (palette.color(_WINDOW), palette.color(_BASE)):
        assert contrast(ours.quiet_text, ground) >= TEXT
        assert contrast(ours.wrong_text, ground) >= TEXT
        assert contrast(ours.link, ground) >= TEXT
    for ground in (ours.heading_ground, ours.banner_ground, ours.notice_ground):
        assert contrast(palette.color(_TEXT), ground) >= TEXT


@pytest.mark.parametrize("colours", [("#000000", "#000000", "#ffffff"), ("#ffffff", "#ffffff", "#000000")])
def test_who_needs_high_contrast_gets_no_colours_but_those_of_the_system(
    qapp: QApplication, colours: tuple[str, str, str]
) -> None:
    palette = palette_of(*colours)
    ours = shades(palette, high_contrast=True)
    assert {ours.quiet_text.name(), ours.wrong_text.name()} == {colours[2]}
    assert {each.name() for each in (ours.heading_ground, ours.banner_ground, ours.notice_ground)} == {colours[0]}


def test_dark_is_told_from_light(qapp: QApplication) -> None:
    assert is_dark(dark_palette())
    assert not is_dark(light_palette())


@pytest.mark.parametrize("ground", ["#ffffff", "#efefef", "#242424", "#323232"])
def test_every_icon_can_be_made_out_on_light_and_dark_grounds(qapp: QApplication, ground: str) -> None:
    """A tenth of its square at least stands out; a line of two pixels across a picture of 16 is about that."""
    poor = {
        path.stem: share for path in FOLDER.glob("*.svg") if (share := _share_that_stands_out(path.stem, ground)) < 0.1
    }
    assert poor == {}


def _share_that_stands_out(name: str, ground: str) -> float:
    size, colour = 32, QColor(ground)
    image = QImage(size, size, QImage.Format.Format_RGB32)
    image.fill(colour)
    painter = QPainter(image)
    icon(name).paint(painter, 0, 0, size, size)
    painter.end()
    pixels = [QColor(image.pixel(x, y)) for y in range(size) for x in range(size)]
    return sum(contrast(pixel, colour) >= PICTURE for pixel in pixels) / len(pixels)


def _windows() -> list[QWidget]:
    form = SettingsForm(answered())
    form.enter("log_cleanup_days", 0)
    settings = EditedSettingsPage("Logs", form, settings_of(SettingsPage.LOGS, form.settings), [("Name", "Service")])
    sheet = PropertySheet("Properties", "server", [settings])
    sheet.banner.say("Somebody else changed it.")
    sign_in = SignInDialog("https://updates.contoso.com:8444")
    sign_in.refused("The account or password is wrong.")
    question = Question("Remove", "Remove it?", warnings=("It is yours.",), refused=("Lobby: no (busy)",))
    return [sheet, sign_in, ConfirmationDialog(question, "remove")]


@pytest.mark.parametrize("changes", [(dark_palette,), (dark_palette, light_palette)], ids=["to dark", "and back"])
def test_open_windows_follow_a_change_between_light_and_dark(
    qtbot: QtBot, qapp: QApplication, changes: tuple[Callable[[], QPalette], ...]
) -> None:
    before = QPalette(qapp.palette())
    qapp.setPalette(light_palette())
    windows = _windows()
    try:
        for window in windows:
            qtbot.addWidget(window)
            window.show()
        for make in changes:
            qapp.setPalette(make())
            qapp.processEvents()
        for window in windows:
            assert is_dark(window.palette()) == is_dark(changes[-1]())
            unreadable = [label.text() for label in window.findChildren(QLabel) if not _is_readable(label)]
            assert unreadable == []
    finally:
        qapp.setPalette(before)


def _is_readable(label: QLabel) -> bool:
    """Whether the text of a label stands out from what is painted behind it."""
    if not label.isVisible() or not label.text():
        return True
    behind: QWidget | None = label
    while behind is not None and not (behind.autoFillBackground() or behind.isWindow()):
        behind = behind.parentWidget()
    assert behind is not None
    ground = behind.palette().color(behind.backgroundRole())
    return contrast(label.palette().color(label.foregroundRole()), ground) >= TEXT


def test_where_the_system_has_no_style_of_its_own_it_is_fusion_with_nine_points_and_a_selection_that_stands_out(
    qapp: QApplication,
) -> None:
    style, font, palette = qapp.style().objectName(), QFont(qapp.font()), QPalette(qapp.palette())
    try:
        dress(qapp)
        assert qapp.style().objectName() == "fusion"
        assert qapp.font().pointSize() == 9
        selection = qapp.palette()
        assert contrast(selection.color(_SELECTED), selection.color(QPalette.ColorRole.HighlightedText)) >= TEXT
        for ground in (light_palette().color(_BASE), dark_palette().color(_BASE)):
            assert contrast(selection.color(_SELECTED), ground) >= PICTURE
    finally:
        qapp.setPalette(palette)
        qapp.setFont(font)
        qapp.setStyle(style)
