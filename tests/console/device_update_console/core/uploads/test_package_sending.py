"""Sending packages to the real service: once each, cancelled without a trace, and what is said when it goes wrong."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.support.administration import PASSWORD, add_account
from tests.support.cabinets import cabinet
from tests.support.faulty_relay import FaultyRelay, running_relay
from tests.support.running_services import RunningService, running_service
from tests.support.sample_packages import package

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.connections.credentials import Access, StoredSession
from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.failures import FailedCall, FileChangedMeanwhile, NotAuthenticated, ServiceUnreachable
from device_update_console.core.uploads.manifest_draft import UpdateDraft, manifest_xml
from device_update_console.core.uploads.package_files import PackageFile, UnreadableFile
from device_update_console.core.uploads.package_sending import forget_uploads, import_uploads, inspect_uploads
from device_update_console.core.uploads.package_uploads import PackageUpload, UploadStage
from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import SessionAnswer
from device_update_http_authentication.identities import Credentials

OTTO = Access(identity=Credentials("otto", PASSWORD))
LARGE = 1_000_000_000


@dataclass
class Scene:
    service: RunningService
    relay: FaultyRelay
    connection: ServerConnection
    folder: Path
    told: list[PackageUpload] = field(default_factory=list)
    asked: list[FailedCall | None] = field(default_factory=list)
    observe: Callable[[PackageUpload], None] = lambda _: None

    def chosen(self, name: str, content: bytes) -> PackageUpload:
        path = self.folder / name
        path.write_bytes(content)
        return PackageUpload(PackageFile(path, len(content)), self.relay.url)

    def chosen_large(self) -> PackageUpload:
        """A file of a gigabyte that takes no room."""
        path = self.folder / "large.cab"
        with path.open("wb") as file:
            file.truncate(LARGE)
        return PackageUpload(PackageFile(path, LARGE), self.relay.url)

    def tell(self, upload: PackageUpload) -> None:
        self.told.append(upload)
        self.observe(upload)

    async def inspected(self, *uploads: PackageUpload) -> list[PackageUpload]:
        await inspect_uploads(self.connection, uploads, self.tell)
        return [self.last(upload) for upload in uploads]

    async def imported(self, *uploads: PackageUpload) -> list[PackageUpload]:
        await import_uploads(self.connection, uploads, self.tell)
        return [self.last(upload) for upload in uploads]

    def last(self, upload: PackageUpload) -> PackageUpload:
        return next(each for each in reversed(self.told) if each.key == upload.key)

    @property
    def kept(self) -> list[str]:
        """What lies in the service's uploads folder."""
        return [path.name for path in self.service.parts.service.folder.uploads.iterdir()]

    async def until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not so():  # noqa: ASYNC110 -- a file that comes or goes is no event
                await asyncio.sleep(0.005)


def _resident_bytes() -> int:
    """Memory of this process, in which the service runs too."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with opened_scene(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def opened_scene(folder: Path) -> AsyncIterator[Scene]:
    async with running_service(folder / "data") as service:
        await add_account(service.parts.service, "otto", Role.OPERATOR)
        assert service.listening.admin is not None
        async with running_relay(service.listening.admin) as relay:
            asked: list[FailedCall | None] = []

            async def says_who(failure: FailedCall | None) -> Access | None:
                asked.append(failure)
                return OTTO

            connection = ServerConnection(
                parse_server_address(relay.url),
                ask_for_access=says_who,
                on_state=lambda _: None,
                on_event=lambda _: None,
                back_off_seconds=(0.01,),
            )
            connection.start(OTTO)
            try:
                yield Scene(service, relay, connection, folder, asked=asked)
            finally:
                await connection.close()


async def test_a_file_is_sent_once_and_imported_by_what_the_service_keeps(scene: Scene) -> None:
    (inspected,) = await scene.inspected(scene.chosen("Phone.cab", package("4.0")))
    assert (inspected.stage, inspected.can_be_imported, scene.kept) == (
        UploadStage.INSPECTED, True, [inspected.kept_id],
    )  # fmt: skip
    (imported,) = await scene.imported(inspected)
    assert imported.package is not None
    assert (imported.package.name, imported.package.updates[0].effect) == ("Phone.cab", "pending")
    assert [upload.stage for upload in scene.told] == [
        UploadStage.SENDING, UploadStage.EXAMINING, UploadStage.INSPECTED, UploadStage.IMPORTING, UploadStage.IMPORTED,
    ]  # fmt: skip
    assert scene.relay.count("/packages/inspect") == 1
    assert scene.kept == []


async def test_a_manifest_that_is_given_is_tried_without_sending_the_file_again(scene: Scene) -> None:
    (bare,) = await scene.inspected(scene.chosen("bare.cab", cabinet([("CPE.nbt", b"firmware")])))
    assert bare.lacks_manifest
    assert [member.name for member in bare.inspection.members] == ["CPE.nbt"]  # type: ignore[union-attr]
    draft = UpdateDraft({"version": "4.0", "brand": "Polycom", "model": "CX700"}).with_image("CPE.nbt", None)
    scene.told.clear()
    (described,) = await scene.inspected(replace(bare, manifest=manifest_xml([draft])))
    assert (described.errors, described.updates[0].model) == (0, "CX700")
    (imported,) = await scene.imported(described)
    assert imported.stage is UploadStage.IMPORTED
    assert UploadStage.SENDING not in {upload.stage for upload in scene.told}


async def test_what_the_service_keeps_no_more_is_sent_again_with_its_manifest(scene: Scene) -> None:
    draft = UpdateDraft({"version": "4.0", "brand": "Polycom", "model": "CX700"}).with_image("CPE.nbt", None)
    bare = scene.chosen("bare.cab", cabinet([("CPE.nbt", b"firmware")]))
    (inspected,) = await scene.inspected(replace(bare, manifest=manifest_xml([draft])))
    await forget_uploads(scene.connection, [inspected.kept_id or ""])
    (imported,) = await scene.imported(inspected)
    assert imported.stage is UploadStage.IMPORTED
    assert scene.kept == []


async def test_a_file_that_became_another_one_since_it_was_inspected_is_not_imported_unseen(scene: Scene) -> None:
    (inspected,) = await scene.inspected(scene.chosen("Phone.cab", package("4.0")))
    await forget_uploads(scene.connection, [inspected.kept_id or ""])
    scene.chosen("Phone.cab", package("5.0"))
    (again,) = await scene.imported(inspected)
    assert isinstance(again.failure, FileChangedMeanwhile)
    assert (again.stage, again.updates[0].version) == (UploadStage.INSPECTED, "5.0")
    (imported,) = await scene.imported(again)
    assert imported.stage is UploadStage.IMPORTED


async def test_what_nobody_wants_any_more_is_deleted_by_the_service(scene: Scene) -> None:
    inspected = await scene.inspected(*(scene.chosen(f"{number}.cab", package(f"{number}.0")) for number in (4, 5)))
    await forget_uploads(scene.connection, ["unknown", *(upload.kept_id or "" for upload in inspected)])
    assert scene.kept == []


async def test_cancelling_cuts_the_request_and_leaves_nothing_on_the_service_nor_in_memory(scene: Scene) -> None:
    sending = asyncio.Event()
    scene.observe = lambda upload: sending.set() if upload.sent > LARGE // 4 else None
    before = _resident_bytes()
    job = asyncio.ensure_future(inspect_uploads(scene.connection, [scene.chosen_large()], scene.tell))
    await sending.wait()
    assert scene.kept != []
    assert _resident_bytes() - before < LARGE // 16
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    await scene.until(lambda: scene.kept == [])
    assert scene.told[-1].sent < LARGE


async def test_a_file_that_becomes_shorter_while_it_is_sent_is_said_and_leaves_nothing(scene: Scene) -> None:
    upload = scene.chosen_large()

    def shorten(told: PackageUpload) -> None:
        if told.sent and told.stage is UploadStage.SENDING:
            with told.file.path.open("r+b") as file:
                file.truncate(1000)

    scene.observe = shorten
    (failed,) = await scene.inspected(upload)
    assert isinstance(failed.failure, FileChangedMeanwhile)
    assert failed.failure.sentence == "large.cab became shorter while it was sent."
    assert (failed.stage, failed.may_be_tried_again) == (UploadStage.CHOSEN, True)
    await scene.until(lambda: scene.kept == [])


async def test_one_that_vanished_does_not_keep_the_others_back(scene: Scene) -> None:
    gone, there = (scene.chosen(f"{number}.cab", package(f"{number}.0")) for number in (4, 5))
    gone.file.path.unlink()
    failed, inspected = await scene.inspected(gone, there)
    assert isinstance(failed.failure, UnreadableFile)
    assert failed.failure.sentence == "4.cab cannot be read: No such file or directory."
    assert inspected.can_be_imported


@pytest.mark.parametrize("content", [b"", b"not a cabinet", b"MSCF" + bytes(60)], ids=["empty", "text", "damaged"])
async def test_what_is_no_cabinet_is_the_service_s_to_say_and_is_not_kept(scene: Scene, content: bytes) -> None:
    (upload,) = await scene.inspected(scene.chosen("bad.cab", content))
    assert upload.findings[0].severity == "error"
    assert not upload.can_be_imported
    assert not upload.takes_manifest
    assert scene.kept == []


async def test_a_server_that_goes_down_fails_what_is_left_and_another_attempt_goes_on(scene: Scene) -> None:
    first, last = (scene.chosen(f"{number}.cab", package(f"{number}.0")) for number in (4, 5))
    large = scene.chosen_large()
    down = asyncio.Event()
    scene.observe = lambda upload: down.set() if upload.key == large.key and upload.sent else None
    job = asyncio.ensure_future(scene.inspected(first, large, last))
    await down.wait()
    await scene.relay.stop()
    done, *failed = await job
    assert done.can_be_imported
    for upload in failed:
        assert isinstance(upload.failure, ServiceUnreachable)
        assert upload.may_be_tried_again
    await scene.relay.start()
    (again,) = await scene.inspected(failed[1])
    assert (again.can_be_imported, again.failure) == (True, None)


async def test_a_session_that_ends_meanwhile_asks_to_sign_in_and_goes_on(scene: Scene) -> None:
    (inspected,) = await scene.inspected(scene.chosen("4.cab", package("4.0")))
    async with AdministrationClient(scene.connection.address, identity=OTTO.identity) as other:
        answer = (await other.sign_in()).read(SessionAnswer)
        session = StoredSession(account=answer.account, token=answer.token, expires_at=answer.expires_at)
        scene.connection.start(Access(session=session))
        await other.sign_out()
    (imported,) = await scene.imported(inspected)
    assert imported.stage is UploadStage.IMPORTED
    assert [type(failure) for failure in scene.asked] == [NotAuthenticated]
