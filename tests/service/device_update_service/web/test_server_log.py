from __future__ import annotations

import logging
import sys
import warnings

from aiohttp import BadContentDispositionHeader
from aiohttp.http_exceptions import BadHttpMessage

from device_update_service.web.server_log import ShortLines, shorten_server_log


def record_of(error: Exception) -> logging.LogRecord:
    try:
        raise error
    except type(error):
        return logging.LogRecord("aiohttp.server", logging.ERROR, __file__, 1, "Error", (), sys.exc_info())


def test_what_is_no_http_is_told_once_a_minute_with_how_often_it_was_not() -> None:
    now = 0.0
    lines = ShortLines(lambda: now)
    assert lines.filter(record_of(BadHttpMessage("x")))
    assert [lines.filter(record_of(BadHttpMessage("x"))) for now in (1.0, 59.9)] == [False, False]
    now = 60.0
    told = record_of(BadHttpMessage("x"))
    assert lines.filter(told)
    assert (told.levelname, told.exc_info, vars(told)["before"]) == ("INFO", None, 2)


def test_other_errors_are_told_every_time_as_they_are() -> None:
    lines = ShortLines(lambda: 0.0)
    for _ in range(2):
        told = record_of(ValueError("x"))
        assert lines.filter(told)
        assert told.exc_info is not None


def test_odd_heads_of_parts_are_neither_told_nor_kept() -> None:
    with warnings.catch_warnings(record=True) as told:
        shorten_server_log()
        warnings.warn(BadContentDispositionHeader("form-data; what a stranger sent"), stacklevel=1)
    assert told == []
    assert not any("stranger" in str(key) for key in globals().get("__warningregistry__", {}))
