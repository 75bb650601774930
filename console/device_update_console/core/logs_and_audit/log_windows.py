"""A window onto a log that may be far larger than memory: pieces of it, as text, as hexadecimal or as its strings.

What a piece is shown as follows from the log's beginning: text in its encoding, XML indented while it fits in one
piece, the binary logs of Windows CE as `log_reading` tells them, and anything else as bytes.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.connections.upload_body import Progress
from device_update_console.core.logs_and_audit.log_saving import save_content
from device_update_contract.administration.device_logs import DeviceLog
from device_update_contract.administration.endpoints import DEVICE_LOG_CONTENT
from device_update_contract.log_contents.ce_log_events import CeLogMarker, log_marker
from device_update_contract.log_contents.crash_dumps import dump_kind
from device_update_contract.log_contents.log_bytes import PIECE
from device_update_contract.log_texts import encoding_of

_BYTES_A_LINE: Final = 16
_LEAST_STRING: Final = 4
_STRINGS: Final = re.compile(rb"[\x20-\x7e\t]{%d,}" % _LEAST_STRING)
_LONGEST_XML: Final = PIECE


class LogForm(StrEnum):
    """How a piece is shown."""

    TEXT = "text"
    HEXADECIMAL = "hexadecimal"
    STRINGS = "strings"


@dataclass(frozen=True, slots=True)
class LogShape:
    """What the beginning of a log tells: its size in bytes, and its encoding where it is text."""

    size: int
    encoding: str | None
    is_xml: bool
    marker: CeLogMarker | None = None
    """What a CeLog says of itself; None for any other log."""
    is_crash_dump: bool = False

    @property
    def usual_form(self) -> LogForm:
        """How it is shown first."""
        told = self.encoding is not None or self.marker is not None or self.is_crash_dump
        return LogForm.TEXT if told else LogForm.HEXADECIMAL

    @property
    def pieces(self) -> int:
        """How many pieces it has; an empty log has one."""
        return max(1, -(-self.size // PIECE))


def shape_of(head: bytes, size: int) -> LogShape:
    """The shape of a log that begins so."""
    marker, is_crash_dump = log_marker(head), dump_kind(head) is not None
    encoding = None if marker is not None or is_crash_dump else encoding_of(head)
    shown = "" if encoding is None else head.decode(encoding, "replace")
    return LogShape(size, encoding, _begins_as_xml(shown), marker, is_crash_dump)


def shown_piece(content: bytes, offset: int, shape: LogShape, form: LogForm) -> str:
    """A piece of a log that begins at a byte, as text for people; NUL and what is not of its encoding can be seen."""
    if form is LogForm.HEXADECIMAL:
        return "\n".join(_hexadecimal_line(content, offset, start) for start in range(0, len(content), _BYTES_A_LINE))
    if form is LogForm.STRINGS:
        found = (f"{offset + match.start():010x}  {match[0].decode('ascii')}" for match in _STRINGS.finditer(content))
        return "\n".join(found)
    decoded = content.decode(shape.encoding or "latin-1", "replace").removeprefix("\ufeff").replace("\0", "\u2400")
    if shape.is_xml and shape.size <= _LONGEST_XML:
        return _indented(content) or decoded
    return decoded


def _hexadecimal_line(content: bytes, offset: int, start: int) -> str:
    line = content[start : start + _BYTES_A_LINE]
    printable = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in line)
    return f"{offset + start:010x}  {line.hex(' '):<{3 * _BYTES_A_LINE - 1}}  {printable}"


def _begins_as_xml(shown: str) -> bool:
    return shown.lstrip("\ufeff \t\r\n").startswith("<")


def _indented(content: bytes) -> str | None:
    """Indented XML; None where it is none, or declares entities, which nobody expands."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return None
    try:
        root = ET.fromstring(content)  # noqa: S314 -- no entity is declared in it, and it is one piece long at most
    except (ET.ParseError, ValueError, LookupError):
        return None
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")


async def fetch_piece(connection: ServerConnection, log: DeviceLog, number: int) -> bytes:
    """The bytes of one piece of a log; reading one is on the service's audit trail.

    Raises:
        FailedCall.
    """
    if not log.size:
        return b""
    first = number * PIECE
    headers = {"Range": f"bytes={first}-{first + PIECE - 1}"}

    async def read() -> bytes:
        content = bytearray()
        async with aclosing(
            connection.client.content(DEVICE_LOG_CONTENT, path={"id": log.id}, headers=headers)
        ) as chunks:
            async for chunk in chunks:
                content += chunk
        return bytes(content[:PIECE])

    return await connection.repeated(read)


async def stream_log(connection: ServerConnection, log: DeviceLog, begin: int, end: int) -> AsyncGenerator[bytes, None]:
    """The bytes of a log from one place on up to another, as they come.

    Raises:
        FailedCall.
    """
    headers = {"Range": f"bytes={begin}-{end - 1}"}
    async with aclosing(connection.client.content(DEVICE_LOG_CONTENT, path={"id": log.id}, headers=headers)) as chunks:
        async for chunk in chunks:
            yield chunk


async def save_log(connection: ServerConnection, log: DeviceLog, target: Path, progress: Progress) -> int:
    """Save a whole log to a file, and give its size.

    Raises:
        FailedCall. FileNotWritten.
    """

    async def counted() -> AsyncGenerator[bytes, None]:
        sent = 0
        async with aclosing(connection.client.content(DEVICE_LOG_CONTENT, path={"id": log.id})) as chunks:
            async for chunk in chunks:
                sent += len(chunk)
                progress(sent, log.size)
                yield chunk

    return await connection.repeated(lambda: save_content(counted(), target))
