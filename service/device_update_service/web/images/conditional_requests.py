"""Preconditions of a request for a file with a strong entity tag and a date (RFC 9110 section 13). Pure."""

from __future__ import annotations

import enum
import re
from datetime import UTC
from email.utils import parsedate_to_datetime

_HTTP_DATE = re.compile(
    r"[A-Za-z]{3}, \d\d [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d GMT"
    r"|[A-Za-z]{6,9}, \d\d-[A-Za-z]{3}-\d\d \d\d:\d\d:\d\d GMT"
    r"|[A-Za-z]{3} [A-Za-z]{3} [ \d]\d \d\d:\d\d:\d\d \d{4}",
    re.ASCII,
)
_ENTITY_TAG = re.compile(r'(W/)?("[^"]*")')


class Verdict(enum.Enum):
    """What the preconditions say."""

    PROCEED = 200
    NOT_MODIFIED = 304
    PRECONDITION_FAILED = 412


def evaluate_preconditions(
    *,
    entity_tag: str,
    modified_at: int,
    if_match: str | None = None,
    if_unmodified_since: str | None = None,
    if_none_match: str | None = None,
    if_modified_since: str | None = None,
) -> Verdict:
    """Evaluate the four preconditions in the order of RFC 9110 section 13.2.2, for GET and HEAD.

    ``entity_tag`` is strong and in its quotes; ``modified_at`` is in whole seconds since 1970. A date that cannot be
    read is ignored; so is either date beside the header with the entity tags.
    """
    if if_match is not None:
        if not _matches(if_match, entity_tag, weak=False):
            return Verdict.PRECONDITION_FAILED
    elif if_unmodified_since is not None:
        date = parse_http_date(if_unmodified_since)
        if date is not None and modified_at > date:
            return Verdict.PRECONDITION_FAILED
    if if_none_match is not None:
        if _matches(if_none_match, entity_tag, weak=True):
            return Verdict.NOT_MODIFIED
    elif if_modified_since is not None:
        date = parse_http_date(if_modified_since)
        if date is not None and modified_at <= date:
            return Verdict.NOT_MODIFIED
    return Verdict.PROCEED


def range_applies(if_range: str | None, *, entity_tag: str, modified_at: int) -> bool:
    """Whether a ``Range`` header beside this ``If-Range`` counts.

    An entity tag must be the same and strong; a date must be exactly the one of ``Last-Modified``, which is strong
    here because the bytes behind an image URL never change.
    """
    if if_range is None:
        return True
    value = if_range.strip(" \t")
    if '"' in value:
        return value == entity_tag
    return parse_http_date(value) == modified_at


def parse_http_date(text: str) -> int | None:
    """Read any of the three HTTP date forms into whole seconds since 1970; None when it is none of them."""
    if not _HTTP_DATE.fullmatch(text):
        return None
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)  # the asctime form has no zone and means UTC
    return int(date.timestamp())


def _matches(header: str, entity_tag: str, *, weak: bool) -> bool:
    if header.strip(" \t") == "*":
        return True
    return any(tag[2] == entity_tag and (weak or not tag[1]) for tag in _ENTITY_TAG.finditer(header))
