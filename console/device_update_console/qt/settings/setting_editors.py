"""What settings are edited with: one kind of editor for each kind of setting.

An editor shows a value and tells what is entered; whether that is right is for the form to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import JsonValue
from PySide6.QtCore import QTime
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QTimeEdit, QWidget

from device_update_console.core.settings.setting_fields import UNIT_TEXTS, field_of
from device_update_console.core.settings.setting_texts import setting_text, value_from_text
from device_update_console.core.settings.setting_values import reading
from device_update_console.core.texts.language import text
from device_update_console.qt.settings.entry_list import CertificateList, NameList
from device_update_console.qt.settings.setting_editor import SettingEditor
from device_update_console.qt.settings.whole_number_box import WholeNumberBox
from device_update_console.qt.widgets.appearance import quiet_text
from device_update_console.qt.widgets.painted_label import PaintedLabel
from device_update_contract.administration.server import SettingModel

_TIME_FORMAT = "HH:mm"


class NumberEditor(SettingEditor):
    """A spin box, the unit, and a large number once more in units that say something."""

    def __init__(self, setting: SettingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field_of(setting)
        self.box = WholeNumberBox(setting.minimum, setting.maximum)
        self._reading = PaintedLabel("", quiet_text)
        layout = _line(self)
        layout.addWidget(self.box)
        layout.addWidget(QLabel(text(UNIT_TEXTS[self._field.unit])))
        layout.addWidget(self._reading)
        layout.addStretch(1)
        self.box.edited.connect(self._entered)

    def value(self) -> JsonValue:
        """Override SettingEditor.value."""
        return self.box.value()

    def show_value(self, value: JsonValue) -> None:
        """Override SettingEditor.show_value."""
        self.box.show_value(value)
        self._read()

    def buddy(self) -> QWidget:
        """Override SettingEditor.buddy."""
        return self.box

    def _entered(self) -> None:
        self._read()
        self.edited.emit()

    def _read(self) -> None:
        larger = reading(self._field, self.value())
        self._reading.setText(f"= {larger}" if larger else "")


class YesNoEditor(SettingEditor):
    """A check box, which bears the label itself."""

    bears_label = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QCheckBox()
        layout = _line(self)
        layout.addWidget(self.box)
        layout.addStretch(1)
        self.box.toggled.connect(self.edited)

    def value(self) -> JsonValue:
        """Override SettingEditor.value."""
        return self.box.isChecked()

    def show_value(self, value: JsonValue) -> None:
        """Override SettingEditor.show_value."""
        self.box.blockSignals(True)  # noqa: FBT003 -- Qt's parameter
        self.box.setChecked(value is True)
        self.box.blockSignals(False)  # noqa: FBT003 -- Qt's parameter

    def buddy(self) -> QWidget:
        """Override SettingEditor.buddy."""
        return self.box

    def show_title(self, title: str) -> None:
        """Override SettingEditor.show_title."""
        self.box.setText(title)


class TimeOfDayEditor(SettingEditor):
    """Every day at a time, or at none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.daily = QCheckBox(text("Every day at"))
        self.time = QTimeEdit()
        self.time.setDisplayFormat(_TIME_FORMAT)
        layout = _line(self)
        layout.addWidget(self.daily)
        layout.addWidget(self.time)
        layout.addStretch(1)
        self.daily.toggled.connect(self._entered)
        self.time.timeChanged.connect(self._entered)

    def value(self) -> JsonValue:
        """Override SettingEditor.value."""
        return self.time.time().toString(_TIME_FORMAT) if self.daily.isChecked() else None

    def show_value(self, value: JsonValue) -> None:
        """Override SettingEditor.show_value."""
        for widget in (self.daily, self.time):
            widget.blockSignals(True)  # noqa: FBT003 -- Qt's parameter
        self.daily.setChecked(value is not None)
        if isinstance(value, str):
            self.time.setTime(QTime.fromString(value, _TIME_FORMAT))
        self.time.setEnabled(self.daily.isChecked())
        for widget in (self.daily, self.time):
            widget.blockSignals(False)  # noqa: FBT003 -- Qt's parameter

    def buddy(self) -> QWidget:
        """Override SettingEditor.buddy."""
        return self.daily

    def introduce(self, label: str, explanation: str) -> None:
        """Override SettingEditor.introduce: the time alone says nothing to who cannot see what stands beside it."""
        super().introduce(label, explanation)
        self.time.setAccessibleName(label)

    def _entered(self) -> None:
        self.time.setEnabled(self.daily.isChecked())
        self.edited.emit()


class TextEditor(SettingEditor):
    """A line with the value as the command line writes it: for kinds that only a newer service has."""

    def __init__(self, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = kind
        self.line = QLineEdit()
        _line(self).addWidget(self.line)
        self.line.textChanged.connect(self.edited)

    def value(self) -> JsonValue:
        """Override SettingEditor.value."""
        return value_from_text(self._kind, self.line.text())

    def show_value(self, value: JsonValue) -> None:
        """Override SettingEditor.show_value."""
        self.line.blockSignals(True)  # noqa: FBT003 -- Qt's parameter
        self.line.setText(setting_text(value))
        self.line.blockSignals(False)  # noqa: FBT003 -- Qt's parameter

    def buddy(self) -> QWidget:
        """Override SettingEditor.buddy."""
        return self.line


_MAKERS: Mapping[str, Callable[[SettingModel], SettingEditor]] = {
    "integer": NumberEditor,
    "boolean": lambda _: YesNoEditor(),
    "names": NameList,
    "extensions": NameList,
    "time-of-day": lambda _: TimeOfDayEditor(),
    "certificates": lambda _: CertificateList(),
}


def editor_for(setting: SettingModel) -> SettingEditor:
    """The editor that fits a setting."""
    make = _MAKERS.get(setting.kind)
    return TextEditor(setting.kind) if make is None else make(setting)


def _line(editor: QWidget) -> QHBoxLayout:
    layout = QHBoxLayout(editor)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    return layout
