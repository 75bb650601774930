"""Accounts as forms: what is wrong with what is typed, what each role is for, what is sent, and what that ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from device_update_console.core.failures import RefusedByService
from device_update_console.core.texts.language import marked, text
from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import AccountChange, AccountModel, NewAccount
from device_update_contract.identifiers import InvalidIdentifier, account_key, parse_account_name
from device_update_contract.passwords import PASSWORD_LENGTHS, InvalidPassword, check_password

ROLE_MEANINGS: Mapping[Role, str] = {
    Role.ADMINISTRATOR: marked("May do everything, also change settings, purge, and add and remove accounts."),
    Role.OPERATOR: marked("May upload, approve, reject, roll back and remove updates, and change devices."),
    Role.HELP_DESK: marked("May see everything but accounts, and write a note on a device."),
    Role.DEVICE_USER: marked("May only let a device in from outside; nobody can use the console with it."),
}
"""What a role is for, in a sentence."""

_FIELD_OF_CODE = {
    "account-exists": "name",
    "invalid-identifier": "name",
    "invalid-password": "password",
    "last-administrator": "role",
    "account-of-domain": "role",
}


@dataclass(frozen=True, slots=True)
class PasswordForm:
    """A password, typed twice."""

    password: str = ""
    repeated: str = ""

    @property
    def password_fault(self) -> str:
        """What is wrong with it so far; empty while nothing is typed."""
        least, most = PASSWORD_LENGTHS
        if self.password and not least <= len(self.password) <= most:
            return text("A password has {least} to {most} characters.", least=least, most=most)
        try:
            check_password(self.password or " " * least)
        except InvalidPassword:
            return text("The password holds a character that cannot be used.")
        return ""

    @property
    def repeated_fault(self) -> str:
        """Whether the second is another than the first; empty while it can still become the same."""
        return "" if self.password.startswith(self.repeated) else text("The two passwords differ.")

    @property
    def can_be_sent(self) -> bool:
        """Whether it is a password, twice the same."""
        return bool(self.password) and not self.password_fault and self.password == self.repeated

    def request(self) -> AccountChange:
        """The request that gives an account this password."""
        return AccountChange(password=self.password)


@dataclass(frozen=True, slots=True)
class NewAccountForm:
    """An account that is to be added."""

    name: str = ""
    role: Role = Role.HELP_DESK
    password: PasswordForm = PasswordForm()
    enabled: bool = True

    @property
    def name_fault(self) -> str:
        """What is wrong with the name so far; empty while nothing is typed."""
        if not self.name.strip():
            return ""
        try:
            parse_account_name(self.name)
        except InvalidIdentifier:
            return text("A name has 1 to 64 letters, digits, full stops, _ and -.")
        return ""

    @property
    def can_be_sent(self) -> bool:
        """Whether nothing is missing and nothing is wrong."""
        return bool(self.name.strip()) and not self.name_fault and self.password.can_be_sent

    def request(self) -> NewAccount:
        """The request that adds it."""
        return NewAccount(name=self.name.strip(), role=self.role, password=self.password.password, enabled=self.enabled)


@dataclass(frozen=True, slots=True)
class AccountForm:
    """What is to be changed of an account; the account itself is as the service gave it last."""

    account: AccountModel
    role: Role
    enabled: bool

    @classmethod
    def of(cls, account: AccountModel) -> AccountForm:
        """With nothing changed yet."""
        return cls(account, account.role, account.enabled)

    @property
    def role_is_fixed(self) -> bool:
        """Whether a domain's groups decide the role."""
        return not self.account.is_local

    @property
    def can_be_sent(self) -> bool:
        """Whether anything is to be changed."""
        return self.role is not self.account.role or self.enabled is not self.account.enabled

    def request(self) -> AccountChange:
        """The request: only what is to be changed."""
        fields: dict[str, object] = {}
        if self.role is not self.account.role:
            fields["role"] = self.role
        if self.enabled is not self.account.enabled:
            fields["enabled"] = self.enabled
        return AccountChange.model_validate(fields)

    def warnings(self, own_account: str) -> list[str]:
        """What the change ends, and whether it is one's own account."""
        if not self.can_be_sent:
            return []
        warnings = []
        if is_own(self.account, own_account):
            warnings.append(text("This is the account that you are signed in with."))
        if not self.enabled and self.account.enabled:
            warnings.append(text("Its sessions end, and nobody can sign in with it."))
        elif self.role is Role.DEVICE_USER and self.account.role is not Role.DEVICE_USER:
            warnings.append(text("Its sessions end."))
        return warnings


def is_own(account: AccountModel, own_account: str) -> bool:
    """Whether somebody is signed in with this account."""
    return account_key(account.name) == account_key(own_account)


def refused_field(refusal: RefusedByService) -> str | None:
    """The field of a form about accounts that a refusal is about; None where it is about none."""
    return _FIELD_OF_CODE.get(refusal.code)
