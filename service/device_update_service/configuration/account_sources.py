"""Where accounts come from: the service itself, a Kerberos realm, a domain behind winbind (contract section 7)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from device_update_contract.administration.roles import Role
from device_update_service.configuration.addresses import Names, Section

SourceName = Literal["local", "kerberos", "winbind"]


def _sources(value: object) -> object:
    return [part.strip().lower() for part in value.split(",")] if isinstance(value, str) else value


class KerberosSource(Section):
    """A keytab with the service's ``HTTP/host`` keys, and the realms whose users are let in."""

    keytab: Path
    realms: Annotated[Names, Field(min_length=1)]


class WinbindSource(Section):
    """Samba's ``ntlm_auth``, whose winbindd asks the domain; the service's user is in the group ``winbindd_priv``."""

    domains: Annotated[Names, Field(min_length=1)]
    ntlm_auth: Path = Path("/usr/bin/ntlm_auth")
    wbinfo: Path = Path("/usr/bin/wbinfo")
    processes: int = Field(default=4, ge=1, le=64)


class AccountSources(Section):
    """Which sources are asked. A domain is looked up elsewhere only if a source claims it; all else is local.

    ``roles`` gives the members of a group of a domain a role; ``domain_users`` is the role of those who are in none of
    these groups (None: they may not even authenticate a device). ``key_file`` encrypts the local accounts' hashes; by
    default it is systemd's credential ``account.key``, else ``account.key`` in the data folder.
    """

    source: Annotated[tuple[SourceName, ...], BeforeValidator(_sources), Field(min_length=1)] = ("local",)
    kerberos: KerberosSource | None = None
    winbind: WinbindSource | None = None
    roles: dict[str, Role] = Field(default_factory=dict)
    domain_users: Role | None = Role.DEVICE_USER
    key_file: Path | None = None

    @model_validator(mode="after")
    def _configured(self) -> AccountSources:
        for name, section in (("kerberos", self.kerberos), ("winbind", self.winbind)):
            if name in self.source and section is None:
                raise ValueError(f"the source {name} needs the section accounts.{name}")
        return self
