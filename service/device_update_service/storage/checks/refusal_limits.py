"""What of refused requests is kept, so that a flood of one kind pushes nothing out that help desk looks for.

Refused sign-ins with names that no account has are "nobody's": anybody can think of thousands a second. They have room
of their own, beside the refused sign-ins of accounts and all other refused requests, and so many in one group of
records that it costs the writer little; the rest of them are counted without a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final, NamedTuple

from device_update_contract.sign_ins import SignInCause
from device_update_service.storage import bulk
from device_update_service.storage.tables import DATABASE

KEPT_ROWS: Final = 10_000
KEPT_ROWS_OF_NOBODY: Final = 2_000
KEPT_ROWS_OF_ONE_ADDRESS: Final = 500
"""So that one sender, whose every request is wrong in another way, does not push out what help desk looks for."""
KEPT_ROWS_OF_ONE_ACCOUNT: Final = 500
"""Of refused sign-ins from ever other addresses."""
_NEW_OF_NOBODY_AT_ONCE: Final = 100

SIGN_IN_SUFFIX: Final = "-sign-in"
_OF_ACCOUNTS: Final = frozenset(
    {SignInCause.WRONG_PASSWORD, SignInCause.ACCOUNT_DISABLED, SignInCause.ROLE_NOT_ALLOWED}
)
"""The causes that only somebody's account can have."""


class RefusalKey(NamedTuple):
    """What refusals that are folded into one row have in common."""

    kind: str
    code: str
    detail: str
    device: str
    account: str
    address: str


class SparingKeys:
    """Keys of one group of records: of a flood of refused sign-ins all but the first hundred lose name and address."""

    def __init__(self) -> None:
        self._seen: set[RefusalKey] = set()
        self._new: Counter[tuple[str, str, bool]] = Counter()

    def fold(self, key: RefusalKey) -> RefusalKey:
        """The key itself, the key without its account, or without its address too."""
        if key in self._seen or not key.kind.endswith(SIGN_IN_SUFFIX) or key.code in _OF_ACCOUNTS:
            return key
        for candidate in (key, key._replace(account="")):
            if candidate in self._seen:
                return candidate
            family = (key.kind, key.code, candidate.account == "")
            if self._new[family] < _NEW_OF_NOBODY_AT_ONCE:
                self._new[family] += 1
                self._seen.add(candidate)
                return candidate
        return key._replace(account="", address="")


# A domain says itself whose password is wrong; its users need no row here.
_OF_NOBODY = f"""(
    kind LIKE '%{SIGN_IN_SUFFIX}' AND code <> '{SignInCause.WRONG_PASSWORD.value}'
    AND NOT EXISTS (SELECT 1 FROM account WHERE account.name_key = lower(refused_request.account))
)"""


def _oldest_out(which: str) -> str:
    return f"""
DELETE FROM refused_request WHERE id IN (
    SELECT id FROM refused_request WHERE {which} ORDER BY last_at, id
    LIMIT max(0, (SELECT count(*) FROM refused_request WHERE {which}) - ?)
)
"""


def _oldest_of_each_out(column: str, which: str) -> str:
    return f"""
DELETE FROM refused_request WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY {column} ORDER BY last_at DESC, id DESC) AS place
        FROM refused_request WHERE {column} IN (SELECT value FROM json_each(?)) AND {which}
    ) WHERE place > ?
)
"""


_COUNT = "SELECT count(*) FROM refused_request"
_OUT_BY_ADDRESS = tuple(_oldest_of_each_out("address", which) for which in (_OF_NOBODY, f"NOT {_OF_NOBODY}"))
_OUT_BY_ACCOUNT = _oldest_of_each_out("account", f"kind LIKE '%{SIGN_IN_SUFFIX}' AND NOT {_OF_NOBODY}")
_OUT_OF_NOBODY = _oldest_out(_OF_NOBODY)
_OUT = _oldest_out(f"NOT {_OF_NOBODY}")


def let_oldest_out(written: Collection[RefusalKey]) -> None:
    """Delete the oldest rows of those that are too many by now; in the writer's transaction."""
    (rows,) = DATABASE.execute_sql(_COUNT).fetchone()
    if rows <= min(KEPT_ROWS_OF_ONE_ADDRESS, KEPT_ROWS_OF_ONE_ACCOUNT, KEPT_ROWS_OF_NOBODY, KEPT_ROWS):
        return
    addresses = bulk.as_json({key.address for key in written})
    for statement in _OUT_BY_ADDRESS:
        DATABASE.execute_sql(statement, (addresses, KEPT_ROWS_OF_ONE_ADDRESS))
    accounts = bulk.as_json({key.account for key in written if key.kind.endswith(SIGN_IN_SUFFIX) and key.account})
    DATABASE.execute_sql(_OUT_BY_ACCOUNT, (accounts, KEPT_ROWS_OF_ONE_ACCOUNT))
    DATABASE.execute_sql(_OUT_OF_NOBODY, (KEPT_ROWS_OF_NOBODY,))
    DATABASE.execute_sql(_OUT, (KEPT_ROWS,))
