"""Ids of records: whole numbers in the store, texts in the API."""

from __future__ import annotations

import re

from device_update_contract.refusals import Refusal

_RECORD_ID = re.compile(r"[1-9][0-9]{0,17}")


class UnknownRecord(Refusal):
    """There is no record of this id; also for a text that no id ever is."""

    code = "not-found"


def parse_record_id(text: str) -> int | None:
    """The number in an id; None when the text cannot be one, and so names nothing."""
    return int(text) if _RECORD_ID.fullmatch(text) else None
