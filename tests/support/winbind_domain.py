r"""A winbindd of Samba with users and groups of its own (domain ``PHONES``); all in one folder.

Samba demands a Unix account behind each user, and its clients know one place for winbindd's socket. ``nss_wrapper``,
which Samba's own tests use, gives it accounts and a socket from the folder: this machine's stay as they are.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.programs import end_without, required_library, required_program
from tests.support.service_process import eventually
from tests.support.tethered_processes import tethered

from device_update_service.configuration.account_sources import WinbindSource

DOMAIN: Final = "PHONES"
USER: Final = "kenmyer"
OPERATOR: Final = "olga"
DISABLED: Final = "dora"
OPERATORS: Final = "Phone Operators"
PASSWORD: Final = "correct horse"

_UNIX_GROUP = 5000
_UNIX_USERS = {USER: 5001, OPERATOR: 5002, DISABLED: 5003}
_FOLDERS = ("private", "lock", "state", "cache", "pid", "ncalrpc", "socket", "log")
_SMB_CONF = """\
[global]
  netbios name = {domain}
  workgroup = WORKGROUP
  server role = standalone server
  security = user
  ntlm auth = ntlmv2-only
  passdb backend = tdbsam:{folder}/private/passdb.tdb
  private dir = {folder}/private
  lock directory = {folder}/lock
  state directory = {folder}/state
  cache directory = {folder}/cache
  pid directory = {folder}/pid
  ncalrpc dir = {folder}/ncalrpc
  winbindd socket directory = {folder}/socket
  log file = {folder}/log/%m
  interfaces = lo
  bind interfaces only = yes
  disable netbios = yes
  idmap config * : backend = tdb
  idmap config * : range = 1000000-1999999
"""


@dataclass(slots=True)
class WinbindDomain:
    """A domain with its winbindd, which can be stopped and started again."""

    folder: Path
    environment: dict[str, str]
    winbindd: subprocess.Popen[bytes] | None = None

    @property
    def source(self) -> WinbindSource:
        """The configuration with which a service asks it."""
        return WinbindSource(
            domains=(DOMAIN,), ntlm_auth=self.folder / "ntlm_auth", wbinfo=self.folder / "wbinfo", processes=2
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        """winbindd runs, and answers."""
        command = [required_program("winbindd", "winbind"), "-s", str(self.folder / "smb.conf"), "-F"]
        command.append("--no-process-group")  # it is in one of its own already
        try:
            with tethered(command, log=self.folder / "winbindd.log", environment=self.environment) as self.winbindd:
                eventually(self._answers, "winbindd answers")
                yield
        finally:
            self._end_what_winbindd_started()

    @contextmanager
    def held(self) -> Iterator[None]:
        """winbindd runs, and answers nobody."""
        assert self.winbindd is not None
        os.killpg(self.winbindd.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.winbindd.pid, signal.SIGCONT)

    def run(self, program: str, *arguments: str, given: str = "") -> None:
        """One of Samba's tools on this domain."""
        done = subprocess.run(
            [required_program(program, "samba-common-bin"), *arguments],
            input=given,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def _end_what_winbindd_started(self) -> None:
        """Samba's RPC servers, which it starts when it needs them, outlive it."""
        with suppress(FileNotFoundError, ProcessLookupError):
            started = int((self.folder / "pid" / "samba-dcerpcd.pid").read_text())
            os.kill(started, signal.SIGTERM)
            eventually(lambda: not Path(f"/proc/{started}").exists(), "Samba's RPC servers ended")

    def _answers(self) -> bool:
        """Whether it answers, also what needs Samba's RPC servers: it starts them at the first such question."""
        known_by = self._asked(rf"--name-to-sid={DOMAIN}\{USER}")
        return (
            known_by is not None
            and self._asked(f"--user-sids={known_by.split()[0]}") is not None
            and self._asked(rf"--authenticate={DOMAIN}\{USER}%{PASSWORD}") is not None
        )

    def _asked(self, question: str) -> str | None:
        asked = subprocess.run([self.source.wbinfo, question], capture_output=True, timeout=60, check=False, text=True)
        return asked.stdout if asked.returncode == 0 else None


@contextmanager
def winbind_domain(folder: Path) -> Iterator[WinbindDomain]:
    """Make a domain, and run its winbindd."""
    if os.geteuid() != 0:
        end_without("winbindd runs as root only")
    domain = WinbindDomain(folder, _environment(folder))
    for name in _FOLDERS:
        (folder / name).mkdir()
    (folder / "smb.conf").write_text(_SMB_CONF.format(folder=folder, domain=DOMAIN))
    (folder / "passwd").write_text(
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n"
        + "".join(f"{name}:x:{number}:{_UNIX_GROUP}::/:/bin/false\n" for name, number in _UNIX_USERS.items())
    )
    (folder / "group").write_text(f"root:x:0:\nnogroup:x:65534:\npeople:x:{_UNIX_GROUP}:\n")
    _write_started_here(domain, "ntlm_auth", f"--configfile={folder}/smb.conf")
    _write_started_here(domain, "wbinfo")
    smb_conf = str(folder / "smb.conf")
    for name in _UNIX_USERS:
        domain.run("smbpasswd", "-c", smb_conf, "-s", "-a", name, given=f"{PASSWORD}\n{PASSWORD}\n")
    domain.run("smbpasswd", "-c", smb_conf, "-d", DISABLED)
    people = ("rid=513", "ntgroup=People", "unixgroup=people", "type=domain")  # everybody's primary group
    domain.run("net", "-s", smb_conf, "groupmap", "add", *people)
    with domain.running():
        domain.run("net", "-s", smb_conf, "sam", "createlocalgroup", OPERATORS)
        domain.run("net", "-s", smb_conf, "sam", "addmem", OPERATORS, rf"{DOMAIN}\{OPERATOR}")
        yield domain


def _environment(folder: Path) -> dict[str, str]:
    return {
        "LD_PRELOAD": required_library("libnss_wrapper.so", "libnss-wrapper"),
        "NSS_WRAPPER_PASSWD": str(folder / "passwd"),
        "NSS_WRAPPER_GROUP": str(folder / "group"),
        "SELFTEST_WINBINDD_SOCKET_DIR": str(folder / "socket"),
    }


def _write_started_here(domain: WinbindDomain, program: str, *options: str) -> None:
    """A script that starts one of winbind's clients so that it finds this winbindd."""
    lines = [f"export {name}='{value}'" for name, value in domain.environment.items()]
    started = " ".join((required_program(program, "winbind"), *options))
    script = domain.folder / program
    script.write_text("\n".join(["#!/bin/sh", *lines, f'exec {started} "$@"', ""]))
    script.chmod(0o755)
