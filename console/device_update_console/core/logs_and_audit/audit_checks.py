"""Checking the audit trail in the client, which need not trust the service: as it answers, or from an export."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from device_update_console.core.texts.language import counted_text, marked, text
from device_update_contract.administration.audit_trail import AuditQuery
from device_update_contract.administration.endpoints import LIST_AUDIT_TRAIL
from device_update_contract.audit import (
    FAULT_SENTENCES,
    ChainCheck,
    ChainHead,
    ChainVerdict,
    UnreadableEntry,
    read_entry,
)

if TYPE_CHECKING:
    from device_update_console.core.connections.client import AdministrationClient

_MAX_LINE = 4 * 1024 * 1024
"""Far more than an entry has: a file that is no export must not be read into memory."""


Progress = Callable[[int, int | None], object]
"""Told how many entries were found to be sound so far, and of how many, where the service says so."""


async def check_service(
    client: AdministrationClient, noted: ChainHead | None, progress: Progress = lambda _done, _total: None
) -> ChainVerdict:
    """Fetch the whole trail, page by page, and check it to the first fault.

    Raises:
        FailedCall: the service does not give it.
    """
    check = ChainCheck(noted)
    async with aclosing(client.pages(LIST_AUDIT_TRAIL, query=AuditQuery(sort="id"))) as pages:
        async for reply in pages:
            total = _take(check, reply.body, of_page=True)
            progress(check.verdict().entries, total)
            if check.fault is not None:
                break
    return check.verdict()


def check_file(path: Path, noted: ChainHead | None) -> ChainVerdict:
    """Check an export, one entry a line; blank lines do not matter.

    Raises:
        OSError: the file cannot be read.
    """
    check = ChainCheck(noted)
    with path.open("rb") as lines:
        while check.fault is None and (line := lines.readline(_MAX_LINE)):
            if line.strip():
                _take(check, line, of_page=False)
    return check.verdict()


def verdict_sentence(verdict: ChainVerdict) -> str:
    """What was found, in a sentence."""
    if verdict.fault is not None:
        fault = verdict.fault
        return text(FAULT_SENTENCES[fault.code], entry=fault.entry, other=fault.other, problem=text(fault.problem))
    return counted_text(
        "The audit trail is sound: {count} entry.", "The audit trail is sound: {count} entries.", verdict.entries
    )


def _take(check: ChainCheck, found_text: bytes, *, of_page: bool) -> int | None:
    """Check a page or an entry; how many entries there are in all, where a page says so."""
    try:
        found = read_entry(found_text)
    except UnreadableEntry as error:
        check.stop(error.sentence)
        return None
    for entry in found["items"] if of_page else [found]:
        if isinstance(entry, dict):
            check.add(entry)
        else:
            check.stop(marked("It is no JSON object."))
    total = found.get("total") if of_page else None
    return total if isinstance(total, int) else None
