"""All checks in the order in which an administrator wants to read them, each with a bound on its time.

To add one: a function of a `Case` that gives a `Finding`, and its line here.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from device_update_contract.refusals import Refusal
from device_update_service.doctor import (
    address_checks,
    certificate_checks,
    file_checks,
    host_checks,
    proxy_checks,
    sign_in_checks,
)
from device_update_service.doctor.case import Case
from device_update_service.doctor.findings import Finding, NotLookedAt, Verdict, not_checked, wrong

CHECK_SECONDS: Final = 6.0
ALL_SECONDS: Final = 18.0


@dataclass(frozen=True, slots=True)
class Check:
    """One check; it is left out, and said so, where one that it needs found something wrong or was left out itself."""

    name: str
    look: Callable[[Case], Finding]
    needs: tuple[str, ...] = ()


_OUTSIDE: Final = ("external-check",)

GROUPS: Final[tuple[tuple[str, tuple[Check, ...]], ...]] = (
    (
        "This host",
        (
            Check("service", host_checks.service),
            Check("database", host_checks.database),
            Check("disk", host_checks.disk, ("database",)),
            Check("image-files", file_checks.stored_files, ("database",)),
            Check("data-folder", host_checks.data_folder),
            Check("key-files", host_checks.secret_files),
            Check("clock", host_checks.clock),
        ),
    ),
    (
        "Certificates",
        tuple(
            Check(name, partial(look, listener=listener), needs)
            for listener in ("external", "administration")
            for name, look, needs in (
                (f"{listener}-certificate", certificate_checks.certificate_days, ()),
                (f"{listener}-certificate-key", certificate_checks.certificate_key, ()),
                (f"{listener}-tls-version", certificate_checks.tls_version, ()),
            )
        ),
    ),
    (
        "Devices inside",
        (
            Check("dns-record", address_checks.dns_record),
            Check("dns-record-answers", address_checks.discovered_service, ("service", "dns-record")),
            Check("internal-name", partial(address_checks.name_of, listener="internal")),
            Check("internal-check", address_checks.internal_check, ("service", "internal-name")),
            Check("internal-clock", partial(address_checks.date_of, listener="internal"), ("internal-check",)),
            Check("internal-file", file_checks.internal_file, ("database", "internal-check")),
        ),
    ),
    (
        "Devices outside",
        (
            Check("external-name", partial(address_checks.name_of, listener="external")),
            Check("external-check", sign_in_checks.external_check, ("external-name", "service")),
            Check("external-certificate-names", certificate_checks.external_names, ("external-name",)),
            Check("external-certificate-trust", certificate_checks.external_trust, _OUTSIDE),
            Check("external-clock", partial(address_checks.date_of, listener="external"), _OUTSIDE),
            Check("external-anonymous", sign_in_checks.anonymous_refused, _OUTSIDE),
            Check("external-schemes", sign_in_checks.schemes_offered, ("external-anonymous",)),
            Check("external-sign-in-ntlm", partial(sign_in_checks.sign_in_works, scheme="ntlm"), _OUTSIDE),
            Check("external-sign-in-negotiate", partial(sign_in_checks.sign_in_works, scheme="negotiate"), _OUTSIDE),
            Check("external-file", file_checks.external_file, ("database", *_OUTSIDE)),
            Check("external-proxy", proxy_checks.private_connections, _OUTSIDE),
            Check("external-wrong-password", sign_in_checks.wrong_password_refused, _OUTSIDE),
        ),
    ),
)


def examine(
    case: Case, *, seconds: float = ALL_SECONDS, check_seconds: float = CHECK_SECONDS
) -> Iterator[tuple[str, Finding]]:
    """Each group's title with a finding, one check after another, as they are made."""
    deadline = time.monotonic() + seconds
    verdicts: dict[str, Verdict] = {}
    for title, checks in GROUPS:
        for check in checks:
            missing = next(
                (need for need in check.needs if verdicts[need] in {Verdict.WRONG, Verdict.NOT_CHECKED}), None
            )
            if missing is not None:
                finding = not_checked(check.name, f"Not looked at, because of {missing}.")
            else:
                finding = _looked(check, case, min(check_seconds, deadline - time.monotonic()))
            verdicts[check.name] = finding.verdict
            yield title, finding


def _looked(check: Check, case: Case, seconds: float) -> Finding:
    """The finding of a check that has so much time: a thread that hangs (a name server, a domain) is left behind."""
    if seconds <= 0:
        return not_checked(check.name, "There was no time left: what was looked at before took too long.")
    found: queue.SimpleQueue[Finding | BaseException] = queue.SimpleQueue()
    threading.Thread(target=_look, args=(check, case, found), name=check.name, daemon=True).start()
    try:
        finding = found.get(timeout=seconds)
    except queue.Empty:
        return not_checked(check.name, f"There was no result within {seconds:.0f} seconds: something hangs.")
    if isinstance(finding, BaseException):
        raise finding
    return finding


def _look(check: Check, case: Case, found: queue.SimpleQueue[Finding | BaseException]) -> None:
    try:
        found.put(check.look(case))
    except NotLookedAt as because:
        found.put(not_checked(check.name, because.sentence))
    except Refusal as refusal:
        found.put(wrong(check.name, refusal.sentence))
    except Exception as error:  # noqa: BLE001 -- raised again where it is waited for
        found.put(error)
