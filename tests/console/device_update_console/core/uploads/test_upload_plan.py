"""The plan behind the Upload Updates wizard: what is to be sent, to whom, and what servers are left with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.administration_samples import FINDING_ERROR, inspection

from device_update_console.core.failures import FileChangedMeanwhile, RefusedByService, ServiceUnreachable
from device_update_console.core.uploads.package_files import PackageFile
from device_update_console.core.uploads.package_uploads import PackageUpload, UploadStage
from device_update_console.core.uploads.upload_plan import UploadPlan
from device_update_contract.administration.problems import Problem

HERE, THERE = "https://here:8444", "https://there:8444"
A, B = (PackageFile(Path(f"/packages/{name}.cab"), 100) for name in "ab")


def plan_of(*files: PackageFile, servers: tuple[str, ...] = (HERE,)) -> UploadPlan:
    plan = UploadPlan(servers[0])
    plan.add_files(files)
    plan.choose_servers(servers)
    plan.prepare()
    return plan


def inspected(upload: PackageUpload, upload_id: str | None = None) -> PackageUpload:
    answer = inspection(upload_id=upload_id or f"{upload.file.name}@{upload.server}")
    return replace(upload.going_on(UploadStage.INSPECTED, sent=upload.file.size), inspection=answer)


def inspect_all(plan: UploadPlan) -> None:
    for upload in plan.uploads:
        plan.take(inspected(upload))


def test_every_file_goes_to_every_chosen_server_the_first_one_first() -> None:
    plan = plan_of(A, B, servers=(HERE, THERE))
    assert [(upload.file, upload.server) for upload in plan.uploads] == [
        (A, HERE), (A, THERE), (B, HERE), (B, THERE),
    ]  # fmt: skip
    assert {server: [upload.file for upload in uploads] for server, uploads in plan.to_inspect().items()} == {
        HERE: [A, B], THERE: [A, B],
    }  # fmt: skip
    assert (plan.sent_bytes, plan.total_bytes) == (0, 400)


def test_what_was_inspected_is_not_inspected_again_when_more_is_chosen() -> None:
    plan = plan_of(A)
    inspect_all(plan)
    plan.add_files([A, B])
    plan.choose_servers([THERE])
    plan.prepare()
    assert {server: [upload.file for upload in uploads] for server, uploads in plan.to_inspect().items()} == {
        THERE: [A, B], HERE: [B],
    }  # fmt: skip
    assert plan.left_behind() == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan.remove_files([A.path]),
        lambda plan: plan.add_files([replace(A, size=200)]),
    ],
    ids=["removed", "another size by now"],
)
def test_what_a_server_keeps_of_a_file_that_goes_is_left_behind_once(change: object) -> None:
    plan = plan_of(A, B)
    inspect_all(plan)
    change(plan)  # type: ignore[operator]
    assert plan.left_behind() == {HERE: [f"a.cab@{HERE}"]}
    assert plan.left_behind() == {}


def test_a_server_that_is_not_wanted_any_more_keeps_nothing() -> None:
    plan = plan_of(A, servers=(HERE, THERE))
    inspect_all(plan)
    plan.choose_servers([])
    assert plan.left_behind() == {THERE: [f"a.cab@{THERE}"]}
    assert plan.servers == (HERE,)


def test_abandoning_leaves_behind_all_but_what_was_imported() -> None:
    plan = plan_of(A, B)
    inspect_all(plan)
    plan.take(plan.uploads[0].going_on(UploadStage.IMPORTED))
    assert plan.abandon() == {HERE: [f"b.cab@{HERE}"]}
    assert plan.uploads == ()


def test_an_answer_that_comes_after_its_file_was_removed_is_left_behind() -> None:
    plan = plan_of(A)
    late = inspected(plan.uploads[0])
    plan.remove_files([A.path])
    plan.take(late)
    assert plan.left_behind() == {HERE: [f"a.cab@{HERE}"]}


def test_a_manifest_is_for_a_file_on_every_server() -> None:
    plan = plan_of(A, B, servers=(HERE, THERE))
    inspect_all(plan)
    plan.give_manifest(A.path, "<Updates/>")
    assert {upload.key for uploads in plan.to_inspect().values() for upload in uploads} == {
        (A.path, HERE), (A.path, THERE),
    }  # fmt: skip
    assert all(upload.kept_id for upload in plan.uploads)


def test_only_what_was_inspected_without_an_error_is_imported() -> None:
    plan = plan_of(A, B)
    inspect_all(plan)
    refused = replace(plan.uploads[0], inspection=inspection(upload_id="1", findings=[FINDING_ERROR]))
    plan.take(refused)
    assert [upload.file for upload in plan.to_import()[HERE]] == [B]


def test_a_manifest_that_could_not_be_tried_is_tried_again_before_anything_is_imported() -> None:
    plan = plan_of(A)
    inspect_all(plan)
    plan.give_manifest(A.path, "<Updates/>")
    plan.take(plan.uploads[0].going_on(UploadStage.EXAMINING))
    plan.take(plan.uploads[0].failed(ServiceUnreachable("Gone.")))
    assert plan.to_import() == {}
    assert [upload.stage for upload in plan.retryable] == [UploadStage.CHOSEN]


def test_interrupting_puts_what_was_under_way_back_to_where_it_can_go_on() -> None:
    plan = plan_of(A, B)
    plan.take(plan.uploads[0].going_on(UploadStage.SENDING, sent=50))
    plan.take(inspected(plan.uploads[1]).going_on(UploadStage.IMPORTING))
    assert plan.is_running
    plan.interrupt()
    assert not plan.is_running
    assert [upload.stage for upload in plan.uploads] == [UploadStage.CHOSEN, UploadStage.INSPECTED]


@pytest.mark.parametrize(
    ("failure", "again"),
    [
        (FileChangedMeanwhile("a.cab became shorter."), True),
        (RefusedByService(Problem(title="", status=503, detail="Full.", code="disk-full"), body=b""), True),
        (RefusedByService(Problem(title="", status=409, detail="Busy.", code="upload-in-use"), body=b""), True),
        (RefusedByService(Problem(title="", status=413, detail="Too large.", code="too-large"), body=b""), False),
        (RefusedByService(Problem(title="", status=422, detail="No.", code="package-refused"), body=b""), False),
    ],
)
def test_what_the_service_decided_is_not_tried_again(failure: Exception, again: bool) -> None:
    plan = plan_of(A)
    plan.take(plan.uploads[0].failed(failure))
    assert bool(plan.retryable) is again
