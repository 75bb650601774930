"""Refused requests and sign-ins that name a text: the device, the account, the address, or what was wrong.

A trigram index tells which rows may name it; for one or two characters all are looked at, which are never many
(`refusal_limits`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from device_update_service.domain.sought_texts import SHORTEST, SoughtText
from device_update_service.storage.checks.refusal_limits import SIGN_IN_SUFFIX
from device_update_service.storage.tables import DATABASE
from device_update_service.storage.text_patterns import anywhere, at_end, at_start, like

_MOST: Final = 500
_NEWEST: Final = 2_000
_MOST_TRIGRAMS: Final = 7


@dataclass(frozen=True, slots=True)
class RefusalOfText:
    """Refused requests of one sender, all causes together; ``code`` and ``detail`` are those of the last.

    Times are in milliseconds; ``device``, ``account`` and ``address`` are '' where they are unknown.
    """

    is_sign_in: bool
    code: str
    detail: str
    device: str
    account: str
    address: str
    first_at: int
    last_at: int
    count: int


@dataclass(frozen=True, slots=True)
class RecentRefusal:
    """Requests that were refused for one cause; ``is_named``: a text that was asked for is among what is known."""

    device: str
    first_at: int
    count: int
    is_named: bool


def refusals_naming(sought: SoughtText) -> list[RefusalOfText]:
    """What was refused and names a text, folded by sender, the latest first."""
    named, parameters = _naming(sought)
    texts = _indexed_texts(sought)
    candidates = "id IN (SELECT rowid FROM refused_text WHERE refused_text MATCH ?) AND " if texts else ""
    statement = (
        "SELECT kind, code, detail, device, account, address, first_at, last_at, count FROM refused_request"
        f" WHERE {candidates}{named} ORDER BY last_at DESC, id DESC LIMIT ?"
    )
    return _folded(DATABASE.execute_sql(statement, (*texts, *parameters, _MOST)).fetchall())


def refusals_since(since: int, sought: SoughtText | None) -> tuple[list[RecentRefusal], bool]:
    """The requests, without sign-ins, of which the last was refused since a time in milliseconds; whether all."""
    named, parameters = ("0", list[str]()) if sought is None else _naming(sought)
    statement = (
        f"SELECT kind, device, first_at, count, {named} FROM refused_request INDEXED BY refused_request_last"
        " WHERE last_at >= ? ORDER BY last_at DESC LIMIT ?"
    )
    rows = DATABASE.execute_sql(statement, (*parameters, since, _NEWEST)).fetchall()
    requests = [
        RecentRefusal(device, first_at, count, bool(is_named))
        for kind, device, first_at, count, is_named in rows
        if not kind.endswith(SIGN_IN_SUFFIX)
    ]
    return requests, len(rows) < _NEWEST


def _indexed_texts(sought: SoughtText) -> tuple[str, ...]:
    """The full-text query for rows that may name a text; none for one that is too short for the index."""
    forms = [sought.text, *sought.in_macs]
    if min(map(len, (*forms, sought.mac_part or sought.text))) < SHORTEST or "\0" in sought.text:
        return ()
    return (" OR ".join(f"({_trigrams(form)})" for form in forms),)


def _trigrams(form: str) -> str:
    """Some of them, evenly from all over the text: whether it is there whole is looked at in what they find."""
    last = len(form) - SHORTEST
    starts = sorted({last * part // _MOST_TRIGRAMS for part in range(_MOST_TRIGRAMS + 1)})
    quoted = (form[start : start + SHORTEST].replace('"', '""') for start in starts)
    return " AND ".join(f'"{trigram}"' for trigram in quoted)


def _naming(sought: SoughtText) -> tuple[str, list[str]]:
    """The condition that a row names a text; a MAC address is named however the text was written."""
    named: list[tuple[str, str]] = []
    if len(sought.lower) < SHORTEST:
        for column in ("device", "account", "address"):
            named += [(column, at_start(sought.text)), (column, at_end(sought.text))]
    else:
        named += [(column, anywhere(sought.text)) for column in ("device", "account", "address")]
        if any(map(str.isdigit, sought.lower)):  # a word would find what every sentence about a field says
            named.append(("detail", anywhere(sought.text)))
    if sought.mac_part is not None:
        is_short = len(sought.mac_part) < SHORTEST
        for form in sought.in_macs[:1] if is_short else sought.in_macs:
            named += [("device", pattern(form)) for pattern in ((at_start, at_end) if is_short else (anywhere,))]
    return f"({' OR '.join(like(column) for column, _ in named)})", [pattern for _, pattern in named]


def _folded(rows: list[tuple[str, str, str, str, str, str, int, int, int]]) -> list[RefusalOfText]:
    found: dict[tuple[bool, str, str], RefusalOfText] = {}
    for kind, code, detail, device, account, address, first_at, last_at, count in rows:
        is_sign_in = kind.endswith(SIGN_IN_SUFFIX)
        key = (is_sign_in, account.lower() if is_sign_in else "", address)
        known = found.get(key)
        if known is None:
            found[key] = RefusalOfText(
                is_sign_in, code, detail, device, account, address, first_at, last_at, count
            )  # the rows come latest first
        else:
            found[key] = RefusalOfText(
                is_sign_in,
                known.code,
                known.detail,
                known.device or device,
                known.account,
                address,
                min(known.first_at, first_at),
                known.last_at,
                known.count + count,
            )
    return list(found.values())
