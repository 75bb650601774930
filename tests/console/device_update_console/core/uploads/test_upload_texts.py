"""Uploads in words: one line for each thing, the worst first, and what came of all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.administration_samples import FINDING_ERROR, FINDING_WARNING, inspection, package, package_update

from device_update_console.core.failures import RefusedByService, ServiceUnreachable
from device_update_console.core.uploads.package_files import PackageFile
from device_update_console.core.uploads.package_uploads import PackageUpload, UploadStage
from device_update_console.core.uploads.upload_texts import stage_text, summary, updates_are_pending, upload_lines
from device_update_contract.administration.packages import FindingModel
from device_update_contract.administration.problems import Problem, ProblemDetail

HERE = "https://here:8444"
CHOSEN = PackageUpload(PackageFile(Path("/packages/a.cab"), 200), HERE)
INSPECTED = replace(CHOSEN.going_on(UploadStage.INSPECTED), inspection=inspection(upload_id="1"))


def with_findings(*findings: FindingModel) -> PackageUpload:
    return replace(INSPECTED, inspection=inspection(upload_id="1", findings=list(findings)))


def imported(*effects: str) -> PackageUpload:
    updates = [package_update(effect=effect) for effect in effects]
    answer = package("a.cab").model_copy(update={"updates": updates, "findings": []})
    return replace(INSPECTED.going_on(UploadStage.IMPORTED), package=answer)


NO_MANIFEST = FindingModel(code="no-manifest", severity="error", text="There is none.")


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (CHOSEN, "Waiting"),
        (CHOSEN.going_on(UploadStage.SENDING, sent=91), "Sending: 45 %"),
        (replace(CHOSEN.going_on(UploadStage.SENDING), file=PackageFile(Path("e.cab"), 0)), "Sending: 0 %"),
        (CHOSEN.going_on(UploadStage.EXAMINING), "Being examined"),
        (INSPECTED, "No errors"),
        (with_findings(FINDING_WARNING), "1 warning"),
        (with_findings(FINDING_ERROR, FINDING_ERROR, FINDING_WARNING), "2 errors"),
        (with_findings(NO_MANIFEST), "Needs a manifest"),
        (INSPECTED.going_on(UploadStage.IMPORTING), "Being imported"),
        (imported("pending"), "Imported"),
        (CHOSEN.failed(ServiceUnreachable("Gone.")), "Failed"),
        (CHOSEN.failed(RefusedByService(Problem(title="", status=413, detail="", code=""), body=b"")), "Refused"),
    ],
)
def test_how_far_it_is_is_said_in_a_few_words(upload: PackageUpload, words: str) -> None:
    assert stage_text(upload) == words


def test_errors_come_before_what_would_change_and_warnings_after_it() -> None:
    lines = upload_lines(with_findings(FINDING_ERROR, FINDING_WARNING))
    assert [(line.icon, line.text) for line in lines] == [
        ("failure", "The file 'CPE.nbt', which the manifest names for 'CPE.nbt', is not in the package."),
        ("pending-updates", "Polycom CX700 A ENU CPE: version 4.0.7577.4387 will be pending."),
        ("warning", "'CPE.nbt' is not signed."),
    ]


def test_a_rule_that_is_approved_at_once_is_said_before_and_after() -> None:
    update = package_update(effect="approved")
    would = replace(INSPECTED, inspection=inspection(upload_id="1", updates=[update]))
    assert "will be approved at once, as this server does for UCPhone" in upload_lines(would)[0].text
    assert "was approved at once" in upload_lines(imported("approved"))[0].text


def test_a_refused_import_names_every_finding_instead_of_only_the_first() -> None:
    errors = [
        ProblemDetail(code=each.code, detail=each.text, parameters={**each.parameters, "severity": each.severity})
        for each in (FINDING_ERROR, FINDING_WARNING)
    ]
    problem = Problem(title="", status=422, detail="The package is refused.", code="package-refused", errors=errors)
    refused = INSPECTED.failed(RefusedByService(problem, body=problem.model_dump_json().encode()))
    assert [line.icon for line in upload_lines(refused)] == ["failure", "warning", "pending-updates"]


def test_the_summary_counts_each_kind_of_outcome() -> None:
    uploads = [imported("pending", "replaced-pending", "approved", "already-approved"), INSPECTED, CHOSEN]
    assert summary(uploads) == (
        "2 updates are pending now. 1 update was approved at once. 1 update changed nothing. "
        "2 uploads were not imported."
    )
    assert updates_are_pending(uploads, HERE)
    assert not updates_are_pending(uploads, "https://there:8444")
    assert not updates_are_pending([imported("approved")], HERE)
