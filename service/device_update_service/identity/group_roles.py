r"""Which role the groups of a domain's user give: the highest of those that are configured (contract section 7).

Names are compared without regard to case. A configured name with a domain (``CORP\Phone Operators`` or
``phone operators@corp.example``) means the group of this domain only; without one it means a group of this name in any
domain that is let in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from device_update_contract.administration.roles import Role

_HIGHEST_FIRST: Final = tuple(Role)


class GroupName(NamedTuple):
    """A group's name and its domain, both in the form in which they are compared."""

    name: str
    domain: str | None


def group_name(text: str) -> GroupName:
    r"""The parts of ``DOMAIN\group``, ``group@domain`` or ``group``."""
    domain, separator, name = text.rpartition("\\")
    if not separator:
        name, _, domain = text.partition("@")
    return GroupName(name.strip().casefold(), domain.strip().casefold() or None)


def role_of_groups(groups: Iterable[str], roles: Mapping[str, Role], otherwise: Role | None) -> Role | None:
    """The highest role of a configured group among these, else ``otherwise``."""
    mine = {group_name(group) for group in groups}
    mine |= {GroupName(group.name, None) for group in mine}
    return min(
        (role for name, role in roles.items() if group_name(name) in mine),
        key=_HIGHEST_FIRST.index,
        default=otherwise,
    )
