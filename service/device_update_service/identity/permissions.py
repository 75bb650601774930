"""Who is signed in, and what that account may do (contract section 5, roles)."""

from __future__ import annotations

from dataclasses import dataclass

from device_update_contract.administration.roles import PERMISSIONS, Permission, Role
from device_update_contract.refusals import Refusal


class NotPermitted(Refusal):
    """The account's role does not allow it."""

    code = "not-permitted"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The account behind a request and its session."""

    session_id: int
    account_id: int
    account: str
    role: Role

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything that the account may do."""
        return PERMISSIONS[self.role]

    def may(self, permission: Permission) -> bool:
        """Whether the account may do this."""
        return permission in PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Refuse what the account may not do.

        Raises:
            NotPermitted: naming the permission and the role.
        """
        if not self.may(permission):
            raise NotPermitted(
                f"The account {self.account} has the role {self.role}, which may not do this.",
                parameters={"permission": permission.value, "role": self.role.value},
            )
