"""Uploads that wait to be imported are bounded, and never at another account's cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.stores import open_stores

from device_update_service.storage.rules.upload_records import (
    UploadBounds,
    UploadRecord,
    UploadsFull,
    add_upload,
    upload_file,
)

NOW = datetime(2026, 5, 3, 14, tzinfo=UTC)
BOUNDS = UploadBounds(of_all=100, of_one=60)


@given(
    added=st.lists(
        st.tuples(st.sampled_from(["anna", "otto", "hilde"]), st.integers(1, 110), st.integers(0, 20)), max_size=25
    ),
    in_use=st.frozensets(st.integers(0, 25), max_size=2),
)
@settings(max_examples=60)
def test_what_is_kept_stays_within_both_bounds_and_only_the_own_oldest_go(
    tmp_path_factory: pytest.TempPathFactory, added: Sequence[tuple[str, int, int]], in_use: frozenset[int]
) -> None:
    root = tmp_path_factory.mktemp("data")
    folder = root / "kept"
    folder.mkdir()
    used = {str(number) for number in in_use}
    kept: dict[str, UploadRecord] = {}
    now = NOW
    with open_stores(root / "data") as stores:
        for number, (account, size, minutes) in enumerate(added):
            now += timedelta(minutes=minutes)
            upload = UploadRecord(str(number), "a.cab", size, "00", account, now + timedelta(hours=1))
            before = {name: one for name, one in kept.items() if one.expires_at > now}
            file = upload_file(folder, upload.id)
            file.write_bytes(b"")
            try:
                stores.database.write(partial(add_upload, folder, upload, BOUNDS, now, used)).result(30)
            except UploadsFull:
                file.unlink()
                busy = sum(one.size for one in before.values() if one.account != account or one.id in used)
                assert busy + size > BOUNDS.of_all
                assert set(before) <= names(folder) <= set(kept)
                kept = before
                continue
            left = names(folder)
            gone = set(before) - left
            kept = {**before, upload.id: upload}
            kept = {name: one for name, one in kept.items() if name in left}
            assert set(kept) == left
            assert {before[name].account for name in gone} <= {account}
            assert not gone & used
            assert sum(one.size for one in kept.values()) <= BOUNDS.of_all
            own = [one for one in kept.values() if one.account == account and one.id not in used]
            assert own in ([], [upload]) or sum(one.size for one in own) <= BOUNDS.of_one
            stayed = [one.expires_at for one in own if one is not upload]
            assert all(before[name].expires_at <= moment for name in gone for moment in stayed)


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}
