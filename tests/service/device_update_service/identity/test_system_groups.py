"""The groups of a Kerberos user are those that the host's name service knows of ``user@realm``, and of nobody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.programs import required_library

PASSWD = """\
alice:x:1000:1000::/:/bin/false
alice@EXAMPLE.TEST:x:7001:7000::/:/bin/false
olga@EXAMPLE.TEST:x:7002:7000::/:/bin/false
"""
GROUP = """\
sudo:x:27:alice
alice:x:1000:
people@example.test:x:7000:
Phone Operators@example.test:x:7100:olga@EXAMPLE.TEST
"""
ASKED = "import json; from device_update_service.identity.system_groups import groups_of\n"


@pytest.mark.parametrize(
    ("user", "realm", "groups"),
    [
        ("alice", "EXAMPLE.TEST", {"people@example.test"}),
        ("olga", "EXAMPLE.TEST", {"people@example.test", "Phone Operators@example.test"}),
        ("alice", "ELSEWHERE.TEST", set()),
        ("nobody-there", "EXAMPLE.TEST", set()),
        ("al\0ice", "EXAMPLE.TEST", set()),
        ("\ud800", "EXAMPLE.TEST", set()),
    ],
)
def test_groups_are_those_of_the_user_in_the_realm_and_never_those_of_a_unix_account(
    tmp_path: Path, user: str, realm: str, groups: set[str]
) -> None:
    (tmp_path / "passwd").write_text(PASSWD)
    (tmp_path / "group").write_text(GROUP)
    done = subprocess.run(
        [sys.executable, "-c", f"{ASKED}print(json.dumps(groups_of({user!r}, {realm!r})))"],
        env=os.environ
        | {
            "LD_PRELOAD": required_library("libnss_wrapper.so", "libnss-wrapper"),
            "NSS_WRAPPER_PASSWD": str(tmp_path / "passwd"),
            "NSS_WRAPPER_GROUP": str(tmp_path / "group"),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == groups
