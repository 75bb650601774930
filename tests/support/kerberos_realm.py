"""A key distribution center of MIT on loopback, with users, services, tickets and keytabs; all in one folder.

It serves two realms: that of the company, and another one with a user and a service of the same host.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.programs import required_program
from tests.support.service_process import eventually, free_port
from tests.support.tethered_processes import tethered

REALM: Final = "EXAMPLE.TEST"
OTHER_REALM: Final = "ELSEWHERE.TEST"
USER: Final = "alice"
OPERATOR: Final = "olga"
STRANGER: Final = "mallory"
ADMINISTRATION_OF_USER: Final = "alice/admin"
SERVICE: Final = "HTTP/localhost"
SERVICE_BY_ADDRESS: Final = "HTTP/127.0.0.1"
OTHER_SERVICE: Final = "host/localhost"
PASSWORD: Final = "correct horse"

_KRB5_CONF = """\
[libdefaults]
  default_realm = {realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  {home} = {{
    kdc = 127.0.0.1:{port}
  }}
  {other} = {{
    kdc = 127.0.0.1:{port}
  }}
[domain_realm]
  localhost = {realm}
  127.0.0.1 = {realm}
"""
_KDC_CONF = """\
[kdcdefaults]
  kdc_listen = ""
  kdc_tcp_listen = 127.0.0.1:{port}
[realms]
  {home} = {{
    database_name = {folder}/{home}.db
    key_stash_file = {folder}/{home}.stash
    acl_file = {folder}/nobody.acl
  }}
  {other} = {{
    database_name = {folder}/{other}.db
    key_stash_file = {folder}/{other}.stash
    acl_file = {folder}/nobody.acl
  }}
"""


@dataclass(frozen=True, slots=True)
class KerberosRealm:
    """A running center; ``keytab`` has the keys of the service in both realms."""

    folder: Path

    @property
    def keytab(self) -> Path:
        return self.folder / "http.keytab"

    def environment(self, realm: str = REALM) -> dict[str, str]:
        """What programs need to find the center, and no file of this machine's own."""
        return {
            "KRB5_CONFIG": str(self.folder / f"{realm}.conf"),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
            "KRB5RCACHEDIR": str(self.folder),
        }

    def ticket_of(self, user: str, realm: str = REALM) -> dict[str, str]:
        """Sign a user in; the environment in which programs have the ticket."""
        environment = self.environment(realm) | {"KRB5CCNAME": f"FILE:{self.folder / f'{user}.ccache'}"}
        _run("kinit", f"{user}@{realm}", package="krb5-user", environment=environment, given=f"{PASSWORD}\n")
        return environment

    def keytab_of(self, name: str, *principals: str, realm: str = REALM) -> Path:
        """A new keytab with the keys of these principals as they are now."""
        keytab = self.folder / name
        self.administer(*(f"ktadd -norandkey -k {keytab} {principal}" for principal in principals), realm=realm)
        return keytab

    def administer(self, *queries: str, realm: str = REALM) -> None:
        """Commands of ``kadmin.local``."""
        given = "".join(f"{query}\n" for query in queries)
        environment = self.environment(realm)
        _run("kadmin.local", "-r", realm, package="krb5-admin-server", environment=environment, given=given)


@contextmanager
def kerberos_realm(folder: Path) -> Iterator[KerberosRealm]:
    """Make and run a center."""
    kdc = required_program("krb5kdc", "krb5-kdc")
    port = free_port()
    places = {"home": REALM, "other": OTHER_REALM, "port": port, "folder": folder}
    for realm in (REALM, OTHER_REALM):
        (folder / f"{realm}.conf").write_text(_KRB5_CONF.format(realm=realm, **places))
    (folder / "kdc.conf").write_text(_KDC_CONF.format(**places))
    center = KerberosRealm(folder)
    for realm, users in ((REALM, (USER, OPERATOR, ADMINISTRATION_OF_USER)), (OTHER_REALM, (STRANGER,))):
        environment = center.environment(realm)
        _run(
            "kdb5_util", "create", "-s", "-W", "-r", realm, "-P", PASSWORD, package="krb5-kdc", environment=environment
        )
        center.administer(
            *(f'addprinc -pw "{PASSWORD}" {user}' for user in users),
            *(f"addprinc -randkey {service}" for service in (SERVICE, SERVICE_BY_ADDRESS, OTHER_SERVICE)),
            realm=realm,
        )
        center.keytab_of("http.keytab", SERVICE, SERVICE_BY_ADDRESS, realm=realm)
    command = [kdc, "-n", "-P", str(folder / "kdc.pid"), "-r", REALM, "-r", OTHER_REALM]
    with tethered(command, log=folder / "kdc.log", environment=center.environment()):
        eventually(lambda: _is_listening(port), "the KDC listens")
        yield center


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _run(name: str, *arguments: str, package: str, environment: Mapping[str, str], given: str = "") -> None:
    done = subprocess.run(
        [required_program(name, package), *arguments],
        input=given,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
