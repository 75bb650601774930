"""The spelling in which nearly all checks come, read without a parser: a check a day from each device adds up.

It is the contract's own spelling with nothing in it that XML would read otherwise: plain ASCII without ``&`` and ``<``
in the values, every element once and in order, no attributes. What a match says is what the parser would say, and
whatever does not match goes to the parser; `tests` compare the two.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from device_update_contract.device_messages import dialect

_SPACE: Final = r"[ \t\n]*"
_VALUE: Final = r"([A-Za-z0-9 ._+()@:/#,;=-]{0,200})"


class UsualRequest(NamedTuple):
    """The fields of a request by name, and the texts of its module (None: it has none)."""

    fields: dict[str, str]
    module: tuple[str, str, str] | None


def _element(names: dialect.Names, field: str) -> str:
    tag = re.escape(names.display[field])
    return f"<{tag}>{_VALUE}</{tag}>{_SPACE}"


def _pattern() -> re.Pattern[str]:
    request, module = dialect.REQUEST, dialect.MODULE
    modules, one = re.escape(request.display["modules"]), re.escape(request.display["module"])
    inner = _element(module, "file_name") + _element(module, "version") + f"(?:{_element(module, 'timestamp')})?"
    return re.compile(
        rf'<\?xml version="1\.0" encoding="(?:utf-8|UTF-8)"\?>{_SPACE}<Request>{_SPACE}'
        + "".join(_element(request, field) for field in _FIELDS)
        + f"(?:{_element(request, 'user_id')})?<{modules}>{_SPACE}"
        + f"(?:<{one}>{_SPACE}{inner}</{one}>{_SPACE})?</{modules}>{_SPACE}</Request>{_SPACE}"
    )


_FIELDS: Final = ("device_type", "mac", "serial", "vendor", "model", "revision", "locale")
_USUAL: Final = _pattern()


def read_usual_request(body: bytes) -> UsualRequest | None:
    """The request, if it comes in the usual spelling."""
    if not body.isascii():
        return None
    match = _USUAL.fullmatch(body.decode("ascii"))
    if match is None:
        return None
    *values, user, file_name, version, timestamp = match.groups()
    fields = dict(zip(_FIELDS, values, strict=True))
    if user is not None:
        fields["user_id"] = user
    return UsualRequest(fields, None if file_name is None else (file_name, version, timestamp or ""))
