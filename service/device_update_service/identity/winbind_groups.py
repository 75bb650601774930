"""Which of the configured groups a user of winbind's domains is a member of, asked with Samba's ``wbinfo``.

The configured names are looked up once in a while, and compared by SID with the user's groups: nested groups count,
names in other alphabets need no care, and no text of a domain has to be taken apart. Answers are kept for a minute.
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

KEPT_SECONDS: Final = 60.0
_MOST_KEPT: Final = 10_000
_NOT_FOUND: Final = ("WBC_ERR_DOMAIN_NOT_FOUND", "WBC_ERR_NAME_NOT_FOUND", "WBC_ERR_UNKNOWN_GROUP")

_log = logging.getLogger(__name__)


class LookupFailed(Exception):
    """``wbinfo`` gave no answer; says what was asked, and what it said."""


class NotFound(LookupFailed):
    """winbindd answered: there is nothing of this name."""


class WinbindNames:
    """Names and SIDs of winbind's domains; blocks, and is safe to use from several threads."""

    def __init__(self, wbinfo: Path, domains: Iterable[str], group_names: Iterable[str]) -> None:
        self._wbinfo = wbinfo
        self._domains = tuple(domains)
        self._group_names = tuple(group_names)
        self._kept: dict[str, tuple[float, str]] = {}
        self._kept_lock = threading.Lock()
        self._told_missing: set[str] = set()

    def groups_of(self, name: str, seconds: float) -> tuple[str, ...]:
        r"""The configured names of the groups of a user, written ``DOMAIN\user`` or ``user@domain``.

        Raises:
            LookupFailed: within ``seconds``.
        """
        if not self._group_names:
            return ()
        until = time.monotonic() + seconds
        mine = frozenset(self._ask(f"--user-sids={self._sid(name, until)}", until).split())
        return tuple(group for group in self._group_names if mine & self._group_sids(group, until))

    def account_name(self, name: str, seconds: float) -> str:
        r"""The domain's own name (``DOMAIN\user``) of whoever may sign in as ``name``.

        Raises:
            LookupFailed: within ``seconds``.
        """
        until = time.monotonic() + seconds
        return self._ask(f"--sid-to-name={self._sid(name, until)}", until).rpartition(" ")[0]

    def _sid(self, name: str, until: float) -> str:
        return self._ask(f"--name-to-sid={name}", until).partition(" ")[0]

    def _group_sids(self, group: str, until: float) -> frozenset[str]:
        """The SIDs of a configured name: without a domain, that of each domain that is let in."""
        names = [group] if "\\" in group or "@" in group else [rf"{domain}\{group}" for domain in self._domains]
        sids: set[str] = set()
        for name in names:
            try:
                sids.add(self._sid(name, until))
            except NotFound:
                continue
        if not sids and group not in self._told_missing:
            self._told_missing.add(group)
            _log.warning("winbind knows no group %r, which accounts.roles gives a role.", group)
        return frozenset(sids)

    def _ask(self, question: str, until: float) -> str:
        now = time.monotonic()
        kept = self._kept.get(question)
        if kept is not None and kept[0] > now:
            return kept[1]
        answer = self._run(question, until - now)
        with self._kept_lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[question] = (now + KEPT_SECONDS, answer)
        return answer

    def _run(self, question: str, seconds: float) -> str:
        """Ask; the question is one argument whose value cannot be taken for an option."""
        try:
            done = subprocess.run(
                [self._wbinfo, question],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=max(seconds, 0.0),
                check=False,
                env=os.environ | {"LC_ALL": "C"},
            )
        except subprocess.TimeoutExpired:
            raise LookupFailed(f"wbinfo {question} did not answer in time") from None
        except OSError as error:
            raise LookupFailed(f"{self._wbinfo} cannot be started: {error.strerror or error}") from error
        if done.returncode == 0:
            return done.stdout.decode(errors="replace").strip()
        said = " ".join(done.stderr.decode(errors="replace").split())
        failure = NotFound if any(code in said for code in _NOT_FOUND) else LookupFailed
        raise failure(f"wbinfo {question}: {said}")
