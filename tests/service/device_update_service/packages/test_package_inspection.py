"""The worker's answer survives its way, and says nothing that the service must not believe."""

from __future__ import annotations

import copy
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device_update_contract.device_classes import DeviceClass
from device_update_contract.findings import FindingCode, finding
from device_update_contract.versions import Version
from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.package_inspection import (
    PackagedFile,
    PackagedUpdate,
    PackageInspection,
    PackageMember,
    inspection_from_json,
    inspection_to_json,
)
from device_update_service.packages.worker_messages import MAX_REQUEST_BYTES, WorkerRequest

WORDS = st.text(st.sampled_from("abcXYZ019._+()-"), min_size=1, max_size=20).filter(lambda word: word.strip("."))
TEXTS = st.text(max_size=50)
SHA256 = st.text("0123456789abcdef", min_size=64, max_size=64)
TIMES = st.none() | st.datetimes(timezones=st.just(dt.UTC))
FINDINGS = st.builds(
    lambda left, right, size: finding(FindingCode.TOO_LARGE, where=left, size=size, limit=len(right)),
    TEXTS,
    TEXTS,
    st.integers(0, 2**63),
)


def files(content: Path) -> st.SearchStrategy[PackagedFile]:
    plain = st.builds(lambda name, sha, time: PackagedFile(f"f{name}x", sha, 3, time, content), WORDS, SHA256, TIMES)
    signed = st.builds(
        lambda name, sha, time: PackagedFile(f"f{name}x", sha, 3, time, content, f"s{name}x", sha, 3, content),
        WORDS,
        SHA256,
        TIMES,
    )
    return plain | signed


def inspections(content: Path) -> st.SearchStrategy[PackageInspection]:
    classes = st.builds(DeviceClass, WORDS, WORDS, WORDS, WORDS, WORDS)
    versions = st.builds(Version.parse, st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,4}){0,3}", fullmatch=True))
    updates = st.builds(
        PackagedUpdate,
        classes,
        WORDS,
        WORDS,
        versions,
        st.none() | st.dates(),
        TEXTS,
        st.lists(files(content), min_size=1, max_size=3).map(tuple),
    )
    return st.builds(
        PackageInspection,
        st.lists(FINDINGS, max_size=3).map(tuple),
        st.lists(updates, max_size=3).map(tuple),
        st.lists(st.builds(PackageMember, TEXTS, st.integers(0, 2**40)), max_size=3).map(tuple),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_inspection_survives_json(tmp_path: Path, data: st.DataObject) -> None:
    content = tmp_path / "00000001"
    content.write_bytes(b"abc")
    inspection = data.draw(inspections(content))
    sent = json.dumps(inspection_to_json(inspection))
    assert inspection_from_json(json.loads(sent), tmp_path) == inspection


@pytest.fixture
def answer(tmp_path: Path) -> dict[str, Any]:
    content = tmp_path / "00000001"
    content.write_bytes(b"abc")
    update = PackagedUpdate(
        DeviceClass("UCPhone", "Polycom", "CX700", "A", "ENU"),
        "Polycom",
        "CPE",
        Version.parse("1.0"),
        None,
        "",
        (PackagedFile("CPE.nbt", "0" * 64, 3, None, content),),
    )
    return inspection_to_json(PackageInspection((), (update,)))


@pytest.mark.parametrize(
    "image",
    [
        ["../00000001", "0" * 64, 3],
        ["/etc/passwd", "0" * 64, 3],
        ["secret", "0" * 64, 6],
        ["00000001", "0" * 63, 3],
        ["00000001", "0" * 64, 4],
        ["00000002", "0" * 64, 3],
        ["00000003", "0" * 64, 6],
    ],
)
def test_a_content_that_is_not_the_workers_own_file_is_refused(
    tmp_path: Path, answer: dict[str, Any], image: list[object]
) -> None:
    (tmp_path / "secret").write_bytes(b"hidden")
    (tmp_path / "00000003").symlink_to(tmp_path / "secret")
    hostile = copy.deepcopy(answer)
    hostile["updates"][0]["files"][0]["image"] = image
    assert inspection_from_json(answer, tmp_path).updates
    with pytest.raises((ValueError, OSError)):
        inspection_from_json(hostile, tmp_path)


@pytest.mark.parametrize(("field", "value"), [("version", "../1"), ("update_type", ".."), ("vendor", "a/b")])
def test_values_that_end_up_in_paths_are_parsed_again(
    tmp_path: Path, answer: dict[str, Any], field: str, value: str
) -> None:
    answer["updates"][0][field] = value
    with pytest.raises(ValueError, match=r"version|field"):
        inspection_from_json(answer, tmp_path)


def test_a_request_is_one_line_and_fits_into_a_pipe(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 200) / "new\nline" / "\N{OCTOPUS}"
    request = WorkerRequest(4711, long, tmp_path, long, PackageLimits(stall_seconds=0.5))
    line = request.to_line()
    assert line.count(b"\n") == 1
    assert len(line) < MAX_REQUEST_BYTES
    assert WorkerRequest.from_line(line) == request
