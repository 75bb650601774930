"""Importing: the service judges content, the command only whether a path can be read."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

from tests.support.administration_samples import package
from tests.support.administration_stand_in import StandIn, problem
from tests.support.command_line import Finished

from device_update_contract.administration.endpoints import IMPORT_PACKAGE, INSPECT_PACKAGE
from device_update_contract.administration.packages import FindingModel, PackageInspectionAnswer
from device_update_contract.administration.problems import Problem, ProblemDetail

DeviceUpdate = Callable[..., Finished]


def test_a_file_is_sent_byte_for_byte_under_its_name(
    service: StandIn, device_update: DeviceUpdate, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 3000
    (tmp_path / "CX700 & more.cab").write_bytes(content)
    service.lay(IMPORT_PACKAGE, package("CX700 & more.cab"))
    finished = device_update("import", str(tmp_path / "CX700 & more.cab"))
    assert (finished.exit_code, finished.stderr) == (0, "")
    (asked,) = service.asked_of(IMPORT_PACKAGE)
    assert (asked.body, asked.query) == (content, {"name": "CX700 & more.cab"})
    assert asked.content_length == len(content)


def test_an_empty_file_is_sent_and_ends_with_1_and_every_finding(
    service: StandIn, device_update: DeviceUpdate, tmp_path: Path
) -> None:
    (tmp_path / "empty.cab").touch()

    class ImportProblem(Problem):
        findings: list[FindingModel]

    finding = FindingModel(code="not-a-cabinet", severity="error", text="The file is empty.")
    service.lay(
        IMPORT_PACKAGE,
        ImportProblem(title="refused", status=422, detail="Not imported.", code="not-a-cabinet", findings=[finding]),
    )
    finished = device_update("import", str(tmp_path / "empty.cab"))
    assert finished.exit_code == 1
    assert [asked.body for asked in service.asked_of(IMPORT_PACKAGE)] == [b""]
    assert "error not-a-cabinet: The file is empty." in finished.stderr


def test_errors_of_a_refusal_are_named_one_by_one(
    service: StandIn, device_update: DeviceUpdate, tmp_path: Path
) -> None:
    (tmp_path / "a.cab").touch()
    errors = [ProblemDetail(code="missing-file", detail="CPE.nbt is missing.", field="CPE.nbt")]
    service.lay(IMPORT_PACKAGE, problem(422, "missing-file", "Not imported.").model_copy(update={"errors": errors}))
    assert "  CPE.nbt is missing. (missing-file)\n" in device_update("import", str(tmp_path / "a.cab")).stderr


def test_one_refused_file_does_not_keep_the_others_out_and_ends_with_1(
    service: StandIn, device_update: DeviceUpdate, tmp_path: Path
) -> None:
    for name in ("bad.cab", "good.cab"):
        (tmp_path / name).write_text(name)
    service.lay(IMPORT_PACKAGE, problem(422, "damaged-cabinet", "The cabinet is damaged."), package("good.cab"))
    finished = device_update("import", str(tmp_path / "bad.cab"), str(tmp_path / "good.cab"))
    assert finished.exit_code == 1
    assert "bad.cab was refused." in finished.stderr
    assert finished.stdout.startswith(b"Imported good.cab")


def test_one_unreadable_path_is_wrong_usage_and_nothing_is_sent(
    service: StandIn, device_update: DeviceUpdate, tmp_path: Path
) -> None:
    (tmp_path / "good.cab").touch()
    for unreadable in (tmp_path / "missing.cab", tmp_path):
        assert device_update("import", str(tmp_path / "good.cab"), str(unreadable)).exit_code == 2
    assert service.asked == []


def test_a_manifest_is_sent_before_the_file(service: StandIn, device_update: DeviceUpdate, tmp_path: Path) -> None:
    (tmp_path / "a.cab").write_bytes(b"MSCF\r\n--\x00")
    (tmp_path / "updateInfo.xml").write_bytes(b"<Updates/>")
    service.lay(IMPORT_PACKAGE, package("a.cab"))
    assert (
        device_update("import", str(tmp_path / "a.cab"), "--manifest", str(tmp_path / "updateInfo.xml")).exit_code == 0
    )
    (asked,) = service.asked_of(IMPORT_PACKAGE)
    message = message_from_bytes(b"Content-Type: " + asked.content_type.encode() + b"\r\n\r\n" + asked.body)
    parts = [(part.get_param("name", header="content-disposition"), part) for part in message.get_payload()]  # type: ignore[union-attr]
    assert [name for name, _ in parts] == ["manifest", "file"]
    assert parts[0][1].get_payload(decode=True) == b"<Updates/>"  # type: ignore[union-attr]
    assert b"MSCF\r\n--\x00" in asked.body


def test_an_inspection_with_an_error_ends_with_1_and_with_warnings_only_with_0(
    service: StandIn, device_update: DeviceUpdate, tmp_path: Path
) -> None:
    (tmp_path / "a.cab").touch()

    def inspection(severity: str) -> PackageInspectionAnswer:
        return PackageInspectionAnswer.model_validate(
            {
                "upload_id": None,
                "expires_at": None,
                "name": "a.cab",
                "size": 0,
                "sha256": "",
                "updates": [],
                "findings": [{"code": "empty-file", "severity": severity, "text": "A file is empty."}],
            }
        )

    service.lay(INSPECT_PACKAGE, inspection("error"), inspection("warning"))
    assert device_update("import", "--inspect", str(tmp_path / "a.cab")).exit_code == 1
    warned = device_update("import", "--inspect", str(tmp_path / "a.cab"))
    assert (warned.exit_code, warned.stderr) == (0, "warning empty-file: A file is empty.\n")
