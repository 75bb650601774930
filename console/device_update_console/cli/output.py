"""What commands print: sentences, aligned tables, and with `--json` the API's own bytes.

Text of devices and people is made safe for a terminal; there are no colours.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from device_update_console.core.connections.credentials import ACCOUNT_VARIABLE, PASSWORD_VARIABLE
from device_update_console.core.connections.replies import Reply
from device_update_console.core.connections.system_keyring import NO_KEYRING
from device_update_console.core.failures import CertificateNotTrusted, FailedCall, NothingSelected
from device_update_console.core.sheets.refusal_details import details_of
from device_update_console.core.texts.formats import display_width, one_line
from device_update_contract.administration.base import Page
from device_update_contract.refusals import Refusal

Item = TypeVar("Item")
Columns = Sequence[tuple[str, Callable[[Item], object]]]
"""A table's headings, and how each cell is taken from an item."""


def say(sentence: str) -> None:
    """A sentence, or a line, on stdout."""
    print(one_line(sentence))


def complain(sentence: str) -> None:
    """A sentence on stderr: a refusal, a warning, a question's context."""
    sys.stdout.flush()
    print(one_line(sentence), file=sys.stderr)


def explain(refusal: Refusal) -> None:
    """A refusal on stderr: its sentence and what can be done, then the single faults or the choices in it."""
    complain(" ".join(filter(None, (refusal.sentence, _advice_on(refusal)))))
    lines = details_of(refusal.body) if isinstance(refusal, FailedCall) else []
    lines += refusal.choices if isinstance(refusal, NothingSelected) else []
    for line in lines:
        complain(f"  {line}")


def _advice_on(refusal: Refusal) -> str:
    """What can be done at a command line about what no command can do anything about."""
    if isinstance(refusal, CertificateNotTrusted):
        return "If it is the service's own certificate, give its SHA-256 fingerprint with --pin or DEVICE_UPDATE_PIN."
    if NO_KEYRING in {refusal.code, getattr(refusal.__cause__, "code", "")}:
        return f"Set {ACCOUNT_VARIABLE} and {PASSWORD_VARIABLE} in the environment instead."
    return ""


def print_answer(body: bytes) -> None:
    """The API's own answer, byte for byte, ended by one line end."""
    sys.stdout.flush()
    sys.stdout.buffer.write(body.rstrip(b"\n") + b"\n")
    sys.stdout.buffer.flush()


def print_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Names and values, one pair a line, values aligned."""
    pairs = [(name, _cell(value)) for name, value in facts]
    width = max(len(name) for name, _ in pairs) + 2
    for name, value in pairs:
        print(f"{name + ':':<{width}}{value}".rstrip())


def print_table(columns: Columns[Item], items: Iterable[Item]) -> None:
    """A table with its headings; nothing where there are no items."""
    rows = [[_cell(take(item)) for _, take in columns] for item in items]
    if rows:
        headings = [name for name, _ in columns]
        widths = _widths([headings, *rows])
        for row in [headings, *rows]:
            _print_row(row, widths)


async def print_pages(
    pages: AsyncGenerator[Reply, None], item: type[Item], columns: Columns[Item], nothing: str
) -> bool:
    """All pages of a list as one table; ``nothing`` is the sentence for an empty one. Whether there was an item.

    Each page is printed as it comes, so that a list of any length needs the memory of one page; columns are as wide as
    the first page needs.
    """
    widths: list[int] | None = None
    headings = [name for name, _ in columns]
    async with aclosing(pages):
        async for reply in pages:
            found = reply.read(Page[item]).items  # type: ignore[valid-type]
            rows = [[_cell(take(each)) for _, take in columns] for each in found]
            if rows and widths is None:
                widths = _widths([headings, *rows])
                _print_row(headings, widths)
            for row in rows:
                _print_row(row, widths or [])
    if widths is None:
        say(nothing)
    return widths is not None


async def print_pages_as_json(pages: AsyncIterable[Reply]) -> None:
    """All pages of a list as the one answer that the API would have given without a limit.

    A list of one page is printed byte for byte. Items of several are joined as they came, unknown fields included;
    ``next`` is null then, and the totals are those of the last page.
    """
    out = sys.stdout.buffer
    sys.stdout.flush()
    count, last = 0, {}
    async for reply in pages:
        last = json.loads(reply.body)
        if count == 0 and last["next"] is None:
            print_answer(reply.body)
            return
        for item in last["items"]:
            out.write(b"," if count else b'{"items":[')
            out.write(_json(item))
            count += 1
    at_least = max(count, last.get("total_at_least") or 0)
    out.write(b'],"next":null,"total":%s,"total_at_least":%d}\n' % (_json(last.get("total")), at_least))
    out.flush()


def _json(value: Any) -> bytes:
    # A lone surrogate has no UTF-8 form; its escape is what the service sent.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def _cell(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(str(value))


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(display_width(row[column]) for row in rows) for column in range(len(rows[0]))]


def _print_row(row: Sequence[str], widths: Sequence[int]) -> None:
    cells = [cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True)]
    print("  ".join(cells).rstrip())
