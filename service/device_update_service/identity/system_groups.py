"""The groups of a Kerberos user as the host's name service (NSS) knows them through sssd or winbind."""

from __future__ import annotations

import grp
import os
import pwd


def groups_of(user: str, realm: str) -> tuple[str, ...]:
    """The names of the groups of ``user@realm``; none where the host knows nobody of this name. May wait for a domain.

    The bare name is never looked up: it may be a Unix account of the host, or a user of another realm, who have nothing
    but the name in common with this one.
    """
    name = f"{user}@{realm}"
    try:
        numbers = os.getgrouplist(name, pwd.getpwnam(name).pw_gid)
    except (KeyError, ValueError):
        return ()
    return tuple(group for group in map(_group, numbers) if group is not None)


def _group(number: int) -> str | None:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return None
