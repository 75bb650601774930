"""What an image path names follows the catalog at once, whatever was asked before (contract section 3.1)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.sample_rules import FIRST, NOW, SECOND, rule, slot

from device_update_service.domain.catalog import CatalogSnapshot, SupersededUpdate
from device_update_service.storage.image_store import ImageStore
from device_update_service.web.devices.served_files import ServedFiles

RAW = f"UCPhone/Polycom/CX700/A/ENU/{SECOND}/CPE/CPE.nbt"
APPROVED = CatalogSnapshot(1, [rule(approved=SECOND)])


def test_a_path_names_its_file_in_the_image_store_and_the_update_it_belongs_to(tmp_path: Path) -> None:
    files = ServedFiles(ImageStore(tmp_path), lambda: NOW)
    update = slot(SECOND).update
    for _ in range(2):
        served = files.find(RAW, APPROVED)
        assert served is not None
        assert served.update_id == update.id
        assert served.file.path == ImageStore(tmp_path).path(update.files[0].sha256)
        assert (served.file.size, served.file.modified_at) == (update.files[0].size, int(NOW.timestamp()))


def test_a_signature_belongs_to_no_module(tmp_path: Path) -> None:
    served = ServedFiles(ImageStore(tmp_path), lambda: NOW).find(RAW.replace("CPE.nbt", "CPE.cat"), APPROVED)
    assert served is not None
    assert served.update_id is None


def test_a_version_that_no_slot_refers_to_any_more_stops_with_the_next_snapshot(tmp_path: Path) -> None:
    files = ServedFiles(ImageStore(tmp_path), lambda: NOW)
    assert files.find(RAW, APPROVED) is not None
    assert files.find(RAW, CatalogSnapshot(2, [rule(approved=FIRST)])) is None


@pytest.mark.parametrize(("hours", "is_served"), [(23, True), (24, False)])
def test_a_superseded_version_is_served_to_the_end_of_its_grace_also_when_it_is_remembered(
    tmp_path: Path, hours: int, is_served: bool
) -> None:
    superseded = SupersededUpdate(1, slot(SECOND).update, NOW + timedelta(hours=24))
    catalog = CatalogSnapshot(2, [rule(approved=FIRST)], superseded=[superseded])
    now = NOW
    files = ServedFiles(ImageStore(tmp_path), lambda: now)
    assert files.find(RAW, catalog) is not None
    now = NOW + timedelta(hours=hours)
    assert (files.find(RAW, catalog) is not None) is is_served


@pytest.mark.parametrize("raw", ["", "x", RAW + "/", RAW.replace("UCPhone", ".."), RAW.replace("CPE.nbt", "other.nbt")])
def test_other_paths_name_nothing(tmp_path: Path, raw: str) -> None:
    assert ServedFiles(ImageStore(tmp_path), lambda: NOW).find(raw, APPROVED) is None
