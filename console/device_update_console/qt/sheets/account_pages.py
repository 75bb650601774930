"""The pages of dialogs about accounts: a new one, role and enabled, a password; faults are said as one types."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from device_update_console.core.failures import RefusedByService
from device_update_console.core.sheets.details import details_of
from device_update_console.core.texts.code_texts import ROLE_TEXTS
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.account_forms import (
    ROLE_MEANINGS,
    AccountForm,
    NewAccountForm,
    PasswordForm,
    refused_field,
)
from device_update_console.qt.sheets.sheet_pages import FactGrid, SheetPage, scrolled
from device_update_console.qt.widgets.appearance import quiet_text
from device_update_console.qt.widgets.form_field import FormField, password_line
from device_update_console.qt.widgets.painted_label import PaintedLabel
from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import AccountModel

_MEANING_LINES = 2


class RoleField(FormField):
    """The choice of a role, with what it is for in a sentence below."""

    def __init__(self) -> None:
        self.choice = QComboBox()
        for role in Role:
            self.choice.addItem(text(ROLE_TEXTS[role]), role)
        self._meaning = PaintedLabel("", quiet_text)
        self._meaning.setWordWrap(True)
        self._meaning.setAlignment(Qt.AlignmentFlag.AlignTop)
        # Nothing moves when another role has a longer sentence.
        self._meaning.setMinimumHeight(self._meaning.fontMetrics().lineSpacing() * _MEANING_LINES)
        super().__init__(text("&Role"), self.choice, self._meaning)
        self.choice.currentIndexChanged.connect(self._explain)
        self._explain()

    @property
    def role(self) -> Role:
        """The chosen role."""
        return Role(self.choice.currentData())

    def show_role(self, role: Role) -> None:
        """Choose a role; nothing is told."""
        self.choice.blockSignals(True)  # noqa: FBT003 -- Qt's parameter
        self.choice.setCurrentIndex(self.choice.findData(role))
        self.choice.blockSignals(False)  # noqa: FBT003 -- Qt's parameter
        self._explain()

    def fix(self, reason: str) -> None:
        """The role is decided elsewhere."""
        self.choice.setEnabled(False)
        self._meaning.setText(reason)
        self.choice.setToolTip(reason)

    def _explain(self) -> None:
        meaning = text(ROLE_MEANINGS[self.role])
        self._meaning.setText(meaning)
        self.choice.setAccessibleDescription(meaning)


class PasswordFields:
    """A password, typed twice."""

    def __init__(self) -> None:
        self.password = FormField(text("&Password"), password_line())
        self.repeated = FormField(text("Password &again"), password_line())

    @property
    def lines(self) -> tuple[QLineEdit, ...]:
        """The two lines."""
        return tuple(each.editor for each in (self.password, self.repeated) if isinstance(each.editor, QLineEdit))

    @property
    def form(self) -> PasswordForm:
        """What is typed."""
        password, repeated = (line.text() for line in self.lines)
        return PasswordForm(password, repeated)

    def say_faults(self) -> None:
        """Say what is wrong so far."""
        self.password.say(self.form.password_fault)
        self.repeated.say(self.form.repeated_fault)

    def problem(self) -> str:
        """Why it cannot be sent; the cursor goes there."""
        form = self.form
        if form.can_be_sent:
            return ""
        is_first = not form.password or bool(form.password_fault)
        (self.password if is_first else self.repeated).editor.setFocus()
        if not form.password:
            return text("Type a password.")
        return form.password_fault or form.repeated_fault or text("Type the password a second time.")

    def clear(self) -> None:
        """No password stays in a field."""
        for line in self.lines:
            line.clear()


class NewAccountPage(SheetPage):
    """Name, role, password twice, and whether it is enabled."""

    def __init__(self) -> None:
        super().__init__(text("Add Account"))
        self._line = QLineEdit()
        self._line.setMaxLength(65)  # one more than a name has, to say so
        self.name = FormField(text("&Name"), self._line)
        self.role = RoleField()
        self.role.show_role(Role.HELP_DESK)
        self.passwords = PasswordFields()
        self.enabled = QCheckBox(text("&Enabled"))
        self.enabled.setChecked(True)
        grid = _grid(self)
        fields = (self.name, self.role, self.passwords.password, self.passwords.repeated)
        for row, field in enumerate(fields):
            field.put_into(grid, row)
        grid.addWidget(self.enabled, len(fields), 1)
        for line in (self._line, *self.passwords.lines):
            line.textChanged.connect(self._edited)

    @property
    def form(self) -> NewAccountForm:
        """What is filled in."""
        return NewAccountForm(self._line.text(), self.role.role, self.passwords.form, self.enabled.isChecked())

    def take_refusal(self, failure: Exception) -> None:
        """Show the service's sentence at the field that it is about."""
        fields = {"name": self.name, "password": self.passwords.password}
        _show_refusal(failure, fields)

    # The interface of a page

    @property
    def is_changed(self) -> bool:
        """Override SheetPage.is_changed: OK always adds, or says what is missing."""
        return True

    def problem(self) -> str:
        """Override SheetPage.problem."""
        if not self._line.text().strip() or self.form.name_fault:
            self._line.setFocus()
            return self.form.name_fault or text("Give the account a name.")
        return self.passwords.problem()

    def leave(self) -> None:
        """Override SheetPage.leave."""
        self.passwords.clear()

    def _edited(self) -> None:
        self.name.say(self.form.name_fault)
        self.passwords.say_faults()
        self.changed.emit()


class PasswordPage(SheetPage):
    """Another password for an account."""

    def __init__(self, account: AccountModel) -> None:
        super().__init__(text("Set Password"))
        self.passwords = PasswordFields()
        purpose = QLabel(
            text("The other sessions of {name} end; whoever uses it has to sign in again.", name=account.name)
        )
        purpose.setWordWrap(True)
        purpose.setTextFormat(Qt.TextFormat.PlainText)
        grid = _grid(self)
        grid.addWidget(purpose, 0, 0, 1, 2)
        for row, field in enumerate((self.passwords.password, self.passwords.repeated), start=1):
            field.put_into(grid, row)
        for line in self.passwords.lines:
            line.textChanged.connect(self._edited)

    def take_refusal(self, failure: Exception) -> None:
        """Show the service's sentence at the field that it is about."""
        _show_refusal(failure, {"password": self.passwords.password})

    # The interface of a page

    @property
    def is_changed(self) -> bool:
        """Override SheetPage.is_changed: OK always sets one, or says what is missing."""
        return True

    def problem(self) -> str:
        """Override SheetPage.problem."""
        return self.passwords.problem()

    def leave(self) -> None:
        """Override SheetPage.leave."""
        self.passwords.clear()

    def _edited(self) -> None:
        self.passwords.say_faults()
        self.changed.emit()


class AccountPage(SheetPage):
    """What is known of an account, its role, and whether it is enabled."""

    def __init__(self, account: AccountModel, own_account: str) -> None:
        super().__init__(text("General"))
        self._account = account
        self._own_account = own_account
        self.facts = FactGrid(_facts(account))
        self.role = RoleField()
        self.enabled = QCheckBox(text("&Enabled"))
        self.warnings = QLabel()
        self.warnings.setWordWrap(True)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, self.facts.label_width())
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        self.role.put_into(grid, 0)
        grid.addWidget(self.enabled, 1, 1)
        grid.addWidget(self.warnings, 2, 1)
        scrolled(self, self.facts, grid)
        self._show_form(AccountForm.of(account))
        self.role.choice.currentIndexChanged.connect(self._edited)
        self.enabled.toggled.connect(self._edited)

    @property
    def form(self) -> AccountForm:
        """What is chosen."""
        return AccountForm(self._account, self.role.role, self.enabled.isChecked())

    def show_account(self, account: AccountModel) -> None:
        """It changed on the server: what nobody chose otherwise here follows."""
        form = self.form
        self._account = account
        self.facts.show_facts(_facts(account))
        role = form.role if form.role is not form.account.role else account.role
        enabled = form.enabled if form.enabled is not form.account.enabled else account.enabled
        self._show_form(AccountForm(account, role, enabled))

    def take_refusal(self, failure: Exception) -> None:
        """Show the service's sentence at the field that it is about."""
        _show_refusal(failure, {"role": self.role})

    # The interface of a page

    @property
    def is_changed(self) -> bool:
        """Override SheetPage.is_changed."""
        return self.form.can_be_sent

    def settle(self) -> None:
        """Override SheetPage.settle: the service has what is chosen."""
        form = self.form
        self._account = self._account.model_copy(update={"role": form.role, "enabled": form.enabled})
        self._show_form(AccountForm.of(self._account))

    def _show_form(self, form: AccountForm) -> None:
        self.role.show_role(form.role)
        if form.role_is_fixed:
            self.role.fix(text("The groups of its domain decide the role."))
        self.enabled.blockSignals(True)  # noqa: FBT003 -- Qt's parameter
        self.enabled.setChecked(form.enabled)
        self.enabled.blockSignals(False)  # noqa: FBT003 -- Qt's parameter
        self._warn()

    def _edited(self) -> None:
        self.role.say("")
        self._warn()
        self.changed.emit()

    def _warn(self) -> None:
        warnings = self.form.warnings(self._own_account)
        self.warnings.setText("\n".join(warnings))
        self.warnings.setVisible(bool(warnings))


def _facts(account: AccountModel) -> Sequence[tuple[str, str]]:
    """Without the role, which can be chosen below."""
    shown = (row for row in details_of(account).rows if row[0] != text("Role"))
    return ((text("Name"), account.name), *shown)


def _show_refusal(failure: Exception, fields: dict[str, FormField] | dict[str, RoleField]) -> None:
    if not isinstance(failure, RefusedByService):
        return
    field = fields.get(refused_field(failure) or "")
    if field is not None:
        field.say(failure.sentence)
        field.editor.setFocus()


def _grid(page: QWidget) -> QGridLayout:
    grid = QGridLayout(page)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setColumnStretch(1, 1)
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(8)
    return grid
