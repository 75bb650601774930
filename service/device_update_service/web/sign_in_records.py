"""What is kept of sign-ins behind their answers: refusals, lock-outs, and when an account last signed in."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from device_update_contract.refusals import Refusal
from device_update_contract.sign_ins import SignInCause, sign_in_sentence
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.identity.guessing import Lock
from device_update_service.storage.accounts.account_records import note_sign_in
from device_update_service.storage.accounts.lockout_records import LockoutRecord, store_lockout
from device_update_service.storage.checks.refusals import RefusalWriter
from device_update_service.storage.checks.refused_request_records import Refused
from device_update_service.storage.database import Database
from device_update_service.usecases.sign_ins import kind_of

_log = logging.getLogger(__name__)

_NOTED_AGAIN: Final = timedelta(minutes=1)
_REMEMBERED: Final = 10_000


class SignInRecords:
    """Hands what happened to the writer; nobody waits for it."""

    def __init__(self, database: Database, refusals: RefusalWriter, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._refusals = refusals
        self._clock = clock
        self._noted: OrderedDict[int, datetime] = OrderedDict()

    def refused(self, listener: str, account: str, address: str, cause: SignInCause) -> None:
        """Keep a refused sign-in; ``account`` as it was claimed, empty when nobody was."""
        self._refusals.add(
            Refused(
                kind=kind_of(listener),
                code=cause.value,
                detail=sign_in_sentence(cause),
                device="",
                account=account,
                address=address,
                at=to_milliseconds(self._clock()),
                body=None,
            )
        )

    def accepted(self, account_id: int | None) -> None:
        """Note when an account signed in, at most once a minute; None for a user of a domain without a row."""
        if account_id is None:
            return
        now = self._clock()
        noted = self._noted.get(account_id)
        if noted is not None and abs(now - noted) < _NOTED_AGAIN:
            return
        self._noted[account_id] = now
        self._noted.move_to_end(account_id)
        if len(self._noted) > _REMEMBERED:
            self._noted.popitem(last=False)
        self._write(partial(note_sign_in, account_id, now))

    def locked(self, listener: str, lock: Lock) -> None:
        """Keep a lock-out for help desk and for after a restart."""
        self._write(partial(store_lockout, LockoutRecord(listener, lock.name_key, lock.network, lock.until)))

    def _write(self, record: Callable[[], None]) -> None:
        try:
            self._database.write(record).add_done_callback(_report)
        except Refusal as refusal:
            _log.warning("A sign-in could not be noted: %s", refusal.sentence)


def _report(written: Future[None]) -> None:
    error = None if written.cancelled() else written.exception()
    if error is not None:
        _log.warning("A sign-in could not be noted: %s", error)
