"""The rules of backups: what a manifest may say, what has to be copied, what may go."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_service.domain.backups import (
    ACCOUNT_KEY,
    DATABASE,
    DEVICE_LOGS,
    FORMAT,
    IMAGES,
    BackupCounts,
    BackupDamaged,
    BackupFile,
    Content,
    Manifest,
    NewerBackup,
    lacking,
    manifest_text,
    parse_manifest,
    superfluous,
    unchanged_day,
)

KNOWN = ("0001_initial", "0002_who_may_do_what")
DAY = "update-log/update-log-20261127.sqlite"
COUNTS = BackupCounts(devices=3, rules=2, packages=1, accounts=1, stored_passwords=1, audit_entries=4, device_logs=0)

hashes = st.integers(0, 40).map(lambda number: f"{number:064x}")
sizes = st.integers(0, 3)
contents = st.builds(Content, st.sampled_from((IMAGES, DEVICE_LOGS)), hashes, sizes)
pools = st.dictionaries(hashes, sizes)


def file(path: str, sha256: str = "ab" * 32, stamp: tuple[int, int, int] | None = None) -> BackupFile:
    return BackupFile(path=path, size=7, sha256=sha256, stamp=stamp)


def manifest(*files: BackupFile) -> Manifest:
    return Manifest(
        format=FORMAT,
        made_at=datetime(2026, 11, 27, tzinfo=UTC),
        version="0.1.0",
        migrations=KNOWN,
        counts=COUNTS,
        audit_head=None,
        files=(file(DATABASE), *files),
    )


def changed(**values: Any) -> str:
    """A right manifest's text, but for some values."""
    return json.dumps({**json.loads(manifest_text(manifest())), **values})


@given(st.lists(contents))
def test_what_is_written_is_what_is_read(stored: list[Content]) -> None:
    files = {each.path: BackupFile(path=each.path, size=each.size, sha256=each.sha256) for each in stored}
    written = manifest(file(DAY, stamp=(1, 2, 3)), file(ACCOUNT_KEY), *files.values())
    assert parse_manifest(manifest_text(written), KNOWN) == written


@given(st.lists(contents), pools)
def test_what_is_lacking_is_copied_once_and_makes_the_pool_complete(
    wanted: list[Content], pool: dict[str, int]
) -> None:
    found = lacking(wanted, pool)
    assert len({content.sha256 for content in found}) == len(found)
    filled = {**pool, **{content.sha256: content.size for content in found}}
    assert {content.sha256 for content in wanted} <= filled.keys()
    assert all(pool.get(content.sha256) != content.size for content in found)


@given(pools)
def test_nothing_that_the_backup_needs_is_superfluous(pool: dict[str, int]) -> None:
    needed = manifest(*(file(f"{IMAGES}/{sha256[:2]}/{sha256}", sha256) for sha256 in sorted(pool)[::2]))
    going = set(superfluous(pool, needed))
    assert going == set(pool) - {each.sha256 for each in needed.files}
    assert set(superfluous(pool, None)) == set(pool)


def test_a_day_that_was_not_written_to_is_the_file_of_the_last_backup() -> None:
    last = manifest(file(DAY, stamp=(1, 2, 3)))
    assert unchanged_day(last, DAY, (1, 2, 3)) == file(DAY, stamp=(1, 2, 3))
    assert unchanged_day(last, DAY, (1, 2, 4)) is None
    assert unchanged_day(last, DAY, None) is None
    assert unchanged_day(manifest(file(DAY)), DAY, None) is None
    assert unchanged_day(None, DAY, (1, 2, 3)) is None


@pytest.mark.parametrize(
    "path",
    [
        "../device-update.sqlite",
        "/etc/passwd",
        "device-update.sqlite-wal",
        "Logs/Client/CELog/boot.clg",
        "update-log/update-log-2026112.sqlite",
        "update-log/../lock",
        f"images/ab/{'cd' * 32}",
        f"images/ab/../../{'ab' * 32}",
        f"images/ab/{'ab' * 32}\n",
        "",
    ],
)
def test_a_manifest_that_names_what_is_in_no_data_folder_is_damaged(path: str) -> None:
    files = [file(DATABASE).model_dump(), {**file(DATABASE).model_dump(), "path": path}]
    with pytest.raises(BackupDamaged, match="damaged"):
        parse_manifest(changed(files=files), KNOWN)


def test_a_content_that_is_not_named_by_what_is_in_it_is_refused() -> None:
    with pytest.raises(BackupDamaged, match="not named by what is in it"):
        parse_manifest(
            changed(
                files=[file(DATABASE).model_dump(), file(f"images/ab/{'ab' * 32}").model_dump() | {"sha256": "cd" * 32}]
            ),
            KNOWN,
        )


@pytest.mark.parametrize(
    "text",
    ["", "{}", "null", changed()[:-40], changed(files=[]), changed(files=[file(DATABASE).model_dump()] * 2), "\0"],
)
def test_what_is_no_whole_manifest_is_damaged(text: str) -> None:
    with pytest.raises(BackupDamaged, match=r"The backup's manifest is damaged: .*\."):
        parse_manifest(text, KNOWN)


@given(st.integers(0, len(changed()) - 1))
def test_a_manifest_that_was_cut_off_is_damaged(length: int) -> None:
    with pytest.raises(BackupDamaged):
        parse_manifest(changed()[:length], KNOWN)


def test_a_newer_versions_backup_is_told_from_a_damaged_one() -> None:
    with pytest.raises(NewerBackup, match="install that version"):
        parse_manifest('{"format": 2, "files": "elsewhere"}', KNOWN)
    with pytest.raises(NewerBackup, match="0002_who_may_do_what"):
        parse_manifest(changed(), KNOWN[:1])


def test_passwords_without_their_key_need_it_from_elsewhere() -> None:
    assert manifest().needs_key
    assert not manifest(file(ACCOUNT_KEY)).needs_key
