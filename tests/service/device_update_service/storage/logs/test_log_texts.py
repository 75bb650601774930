"""What the search of device logs finds in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.binary_logs import CE_LOG, CRASH_DUMP, ce_marker

from device_update_service.storage.logs.log_texts import text_of_file


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"power on\r\n", {"power on"}),
        (CE_LOG, {"registered", "cpe.exe", "media.dll"}),
        (CRASH_DUMP, {"cpe.exe", "media.dll", "5.0.1400", "0xC0000005", "STATUS_ACCESS_VIOLATION", "Polycom CX700"}),
    ],
)
def test_texts_names_and_messages_are_found(tmp_path: Path, content: bytes, words: set[str]) -> None:
    log = tmp_path / "log"
    log.write_bytes(content)
    assert words <= set(text_of_file(log).splitlines())


@pytest.mark.parametrize("content", [bytes(range(256)) * 4, b"CEDX" + bytes(40), ce_marker()])
def test_what_tells_nothing_has_no_text(tmp_path: Path, content: bytes) -> None:
    log = tmp_path / "log"
    log.write_bytes(content)
    assert text_of_file(log) == ""
    assert text_of_file(tmp_path / "gone") == ""
