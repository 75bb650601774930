"""Settings of a service as a page: every one with its label, its editor, what is wrong with it, and its default."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QDialogButtonBox, QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from device_update_console.core.settings.setting_fields import label_of
from device_update_console.core.settings.setting_values import explanation, value_text
from device_update_console.core.settings.settings_form import SettingsForm
from device_update_console.core.texts.language import text
from device_update_console.core.texts.mnemonics import mnemonic_of, with_mnemonics
from device_update_console.qt.settings.entry_list import CertificateList
from device_update_console.qt.settings.setting_editors import editor_for
from device_update_console.qt.sheets.sheet_pages import FactGrid, SheetPage, scrolled
from device_update_console.qt.widgets.appearance import quiet_text, wrong_text
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.widgets.painted_label import PaintedLabel
from device_update_contract.administration.server import SettingModel

_EXPLAINED_LINES = 3


class SettingRow(QObject):
    """One setting in a grid: label, editor with what is wrong below it, and the button for the default."""

    changed = Signal()

    def __init__(self, form: SettingsForm, setting: SettingModel, parent: QObject) -> None:
        super().__init__(parent)
        self._form = form
        self.name = setting.name
        self._title = label_of(setting)
        self.editor = editor_for(setting)
        self.label = None if self.editor.bears_label else QLabel(f"{self._title}:")
        self.wrong = PaintedLabel("", wrong_text)
        self.wrong.setWordWrap(True)
        self.wrong.hide()
        self.restore = QToolButton()
        self.restore.setAutoRaise(True)
        self.restore.setIcon(icon("restore-default"))
        default = value_text(setting, setting.default)
        self.restore.setToolTip(text("Restore default: {default}", default=default))
        self.restore.setAccessibleName(text("Restore default of: {label}", label=self._title))
        self.restore.setAccessibleDescription(default)
        self.show_form()
        self.editor.edited.connect(self._edited)
        self.restore.clicked.connect(self._restore)

    def put_into(self, grid: QGridLayout, row: int) -> None:
        """Fill a row of three columns."""
        field = QWidget()
        column = QVBoxLayout(field)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.editor)
        column.addWidget(self.wrong)
        if self.label is None:
            grid.addWidget(field, row, 0, 1, 2)
        else:
            self.label.setBuddy(self.editor.buddy())
            self.label.setContentsMargins(0, 4, 0, 0)
            grid.addWidget(self.label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(field, row, 1)
        grid.addWidget(self.restore, row, 2, Qt.AlignmentFlag.AlignTop)

    def show_title(self, title: str) -> None:
        """Show the label with its mnemonic."""
        if self.label is None:
            self.editor.show_title(title)
        else:
            self.label.setText(f"{title}:")

    def show_form(self) -> None:
        """Show what the form holds, unless it is what is entered here."""
        value = self._form.value(self.name)
        if self.editor.value() != value or type(self.editor.value()) is not type(value):
            self.editor.show_value(value)
        self.show_fault()

    def show_saved(self) -> None:
        """Show what the service has."""
        self.editor.show_value(self._form.value(self.name))
        self.show_fault()

    def show_fault(self) -> None:
        """Say what is wrong, and whether the default can be restored."""
        setting = self._form.setting(self.name)
        fault = self._form.fault(self.name)
        self.wrong.setText(fault)
        self.wrong.setVisible(bool(fault))
        self.editor.introduce(self._title, fault or explanation(setting))
        self.restore.setEnabled(not self._form.is_default(self.name))

    def take_focus(self) -> None:
        """Put the cursor into it."""
        self.editor.buddy().setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def explanation(self) -> str:
        """What it means, what it may be and what it is by default."""
        return explanation(self._form.setting(self.name))

    def _edited(self) -> None:
        self._form.enter(self.name, self.editor.value())
        self.show_fault()
        self.changed.emit()

    def _restore(self) -> None:
        self._form.restore_default(self.name)
        self.editor.show_value(self._form.value(self.name))
        self.show_fault()
        self.take_focus()
        self.changed.emit()


class EditedSettingsPage(SheetPage):
    """Some settings of a form that several pages share; ``facts`` stand above them."""

    def __init__(
        self,
        title: str,
        form: SettingsForm,
        settings: Sequence[SettingModel],
        facts: Sequence[tuple[str, str]] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, parent)
        self._form = form
        self.rows = {setting.name: SettingRow(form, setting, self) for setting in settings}
        self.facts = FactGrid(facts)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(7)
        for number, row in enumerate(self.rows.values()):
            row.put_into(grid, number)
            row.changed.connect(self.changed)
            for widget in row.editor.findChildren(QWidget):
                widget.installEventFilter(self)
        scrolled(self, self.facts, grid)
        self._explained = PaintedLabel("", quiet_text)
        self._explained.setWordWrap(True)
        self._explained.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._explained.setContentsMargins(10, 4, 10, 6)
        # As high as the longest explanation, so that nothing moves while one goes from field to field.
        self._explained.setFixedHeight(self._explained.fontMetrics().lineSpacing() * _EXPLAINED_LINES + 10)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self._explained)
        self._give_mnemonics()
        self._explain(next(iter(self.rows.values()), None))

    def show_form(self) -> None:
        """Show what the form holds now."""
        for row in self.rows.values():
            row.show_form()

    def certificate_lists(self) -> list[CertificateList]:
        """The lists whose certificates somebody has to read."""
        return [row.editor for row in self.rows.values() if isinstance(row.editor, CertificateList)]

    # The interface of a page

    @property
    def is_changed(self) -> bool:
        """Override SheetPage.is_changed."""
        return not self.rows.keys().isdisjoint(self._form.changes())

    def problem(self) -> str:
        """Override SheetPage.problem."""
        for name in self._form.faulty():
            if name in self.rows:
                self.rows[name].take_focus()
                return f"{label_of(self._form.setting(name))}: {self._form.fault(name)}"
        return ""

    def settle(self) -> None:
        """Override SheetPage.settle: what was typed and not added to a list yet stands in it now."""
        for row in self.rows.values():
            row.show_saved()

    def _give_mnemonics(self) -> None:
        rows = list(self.rows.values())
        buttons = [button for row in rows for button in row.editor.buttons()]
        titles = [label_of(self._form.setting(row.name)) for row in rows]
        marked = with_mnemonics([*titles, *(button.text() for button in buttons)], taken_by_buttons())
        for row, title in zip(rows, marked, strict=False):
            row.show_title(title)
        for button, title in zip(buttons, marked[len(rows) :], strict=True):
            button.setText(title)

    def _explain(self, row: SettingRow | None) -> None:
        self._explained.setText("" if row is None else row.explanation)

    # Qt's interface

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: the setting with the cursor is explained."""
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            row = next((each for each in self.rows.values() if each.editor.isAncestorOf(watched)), None)
            self._explain(row)
        return super().eventFilter(watched, event)


def taken_by_buttons() -> str:
    """The mnemonics of OK, Cancel and Apply, where the platform gives them any."""
    kinds = QDialogButtonBox.StandardButton
    buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel | kinds.Apply)
    return "".join(mnemonic_of(button.text()) for button in buttons.buttons())
