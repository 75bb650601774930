"""The text in a device log, for the search: of texts all, of the binary logs of Windows CE the names and messages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from device_update_contract.log_contents.ce_log_events import CeLogReading, log_marker
from device_update_contract.log_contents.ce_log_lines import event_text
from device_update_contract.log_contents.crash_dumps import dump_kind, read_crash_dump
from device_update_contract.log_contents.dump_facts import exception_name
from device_update_contract.log_contents.log_bytes import whole_log
from device_update_contract.log_texts import LOOKED_AT, encoding_of

LONGEST_SEARCHED: Final = 8 * 1024 * 1024
"""Bytes of one log that are searched; what comes behind is found by nobody, and seldom what matters."""
LONGEST_DECODED: Final = 1024 * 1024
"""Bytes of a binary log that are searched: taking events apart costs far more than reading text."""


def text_of_file(path: Path) -> str:
    """The text in a log, of its beginning; empty for one that is neither text nor a known format, or is gone.

    What is not of its encoding becomes U+FFFD, and NUL a space: SQLite ends texts there.
    """
    try:
        with path.open("rb") as file:
            head = file.read(LOOKED_AT)
            if log_marker(head) is not None:
                return _ce_log_text(head + file.read(LONGEST_DECODED - len(head)))
            if dump_kind(head) is not None:
                return _crash_dump_text(head + file.read(LONGEST_DECODED - len(head)))
            encoding = encoding_of(head)
            if encoding is None:
                return ""
            content = head + file.read(LONGEST_SEARCHED - len(head))
    except FileNotFoundError:
        return ""
    return content.decode(encoding, "replace").replace("\0", " ")


def _ce_log_text(content: bytes) -> str:
    """Each text once, as names of threads come again and again."""
    return "\n".join(dict.fromkeys(filter(None, map(event_text, CeLogReading().feed(content)))))


def _crash_dump_text(content: bytes) -> str:
    dump = read_crash_dump(whole_log(content))
    told = [module.name for module in dump.modules.listed]
    if dump.system is not None:
        told += [dump.system.os_version, dump.system.device or "", dump.system.platform or ""]
    if dump.fault is not None:
        told += [part.name for part in (dump.fault.process, dump.fault.module, dump.fault.owner) if part is not None]
        if dump.fault.code is not None:
            told += [f"0x{dump.fault.code:08X}", exception_name(dump.fault.code) or ""]
    return "\n".join(dict.fromkeys(filter(None, told)))
