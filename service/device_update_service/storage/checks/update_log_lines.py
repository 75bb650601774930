"""The update log's twelve columns as comma-separated text, put together by SQLite itself (contract section 8).

A spreadsheet takes a field that begins with ``=`` for a formula; such a field gets an apostrophe in front. SQL does it,
because a line made by the interpreter costs what a check costs.
"""

from __future__ import annotations

from typing import Final

HEADER: Final = (
    "Logging DateTime,User Host Address,Device Type,Mac Address,Serial Number,Vendor,Model,Revision,Locale,"
    "Request Modules,Response Modules,User ID\r\n"
)

_COLUMNS: Final = (
    "address", "device_type", "mac", "serial", "vendor", "model", "revision", "locale", "request_modules",
    "response_modules", "user",
)  # fmt: skip
_FORMULA: Final = "[=+@\t\r-]*"


def _field(column: str) -> str:
    """RFC 4180 quoting around a field that no spreadsheet evaluates, on one line for whoever reads by lines."""
    text = f"ifnull({column}, '')"
    safe = f"iif({column} GLOB '{_FORMULA}', '''' || {text}, {text})"
    on_one_line = f"replace(replace({safe}, char(13), ' '), char(10), ' ')"
    quoted = f"""'"' || replace({on_one_line}, '"', '""') || '"'"""
    return f"""iif({column} GLOB '*[",\r\n]*', {quoted}, {safe})"""


LINE: Final = (
    " || ',' || ".join(("strftime('%Y-%m-%d %H:%M:%S', at / 1000, 'unixepoch')", *map(_field, _COLUMNS)))
    + " || char(13, 10)"
)
"""The expression over a row of ``check_log`` that is its whole line, with its line end."""
