"""The index of device logs' texts: which logs it holds, whatever the clock did."""

from __future__ import annotations

from pathlib import Path

from device_update_service.storage.logs.log_text_index import LogTextIndex, LogToIndex


def test_a_clock_set_back_over_midnight_has_no_log_indexed_twice(tmp_path: Path) -> None:
    index = LogTextIndex(tmp_path)
    assert index.last_indexed() == 0
    for log, day in ((1, "20130504"), (2, "20130505"), (3, "20130504"), (4, "20130504")):
        index.extend([LogToIndex(log, "ab" * 32, day)], lambda _: "kernel panic")
        assert index.last_indexed() == log
    assert sorted(index.find("panic")) == [1, 2, 3, 4]
