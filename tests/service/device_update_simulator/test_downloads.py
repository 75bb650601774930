from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from tests.support.canned_device_service import CannedDeviceService, refusal

from device_update_simulator.checks import FetchedFile, fetch_offer
from device_update_simulator.device_access import DeviceAccess, DownloadSessions
from device_update_simulator.downloads import HashingSink, Patience, Transfer, WantedFile, fetch, wanted_files
from device_update_simulator.failures import Busy, DownloadDidNotHold, NotAuthenticated, Refused, Unreachable
from device_update_simulator.partial_files import PartialFile

CONTENT = bytes(range(256)) * 4096
OTHER = CONTENT[::-1]
PATIENCE = Patience(fruitless_attempts=3, first_pause_seconds=0)


@pytest.fixture
async def service() -> AsyncIterator[CannedDeviceService]:
    async with CannedDeviceService() as running:
        yield running


@pytest.fixture
async def sessions() -> AsyncIterator[DownloadSessions]:
    sessions = DownloadSessions(DeviceAccess())
    yield sessions
    await sessions.close()


def wanted(service: CannedDeviceService, content: bytes = CONTENT, name: str = "CPE.nbt") -> WantedFile:
    return wanted_files(service.offer({name: content}), external=False)[0]


async def test_a_whole_file_is_fetched_and_verified(service: CannedDeviceService, sessions: DownloadSessions) -> None:
    sink, transfer = HashingSink(), Transfer()
    await fetch(sessions, wanted(service, name="CPE +ä.nbt"), sink, PATIENCE, transfer=transfer)
    assert sink.sha256() == hashlib.sha256(CONTENT).hexdigest()
    assert transfer == Transfer(bytes_received=len(CONTENT))
    assert service.file_requests[0][0].endswith("/CPE%20%2B%C3%A4.nbt")


async def test_a_file_cut_by_the_service_goes_on_where_it_was_cut(
    service: CannedDeviceService, sessions: DownloadSessions
) -> None:
    file = wanted(service)
    service.file().cuts = deque([300_000, 400_000])
    transfer = Transfer()
    await fetch(sessions, file, HashingSink(), PATIENCE, transfer=transfer)
    etag = service.file().sent_etag
    assert [request[1:] for request in service.file_requests] == [
        (None, None),
        ("bytes=300000-", etag),
        ("bytes=700000-", etag),
    ]
    assert transfer == Transfer(bytes_received=len(CONTENT), resumed=2)


async def test_a_cut_on_purpose_happens_once_and_goes_on(
    service: CannedDeviceService, sessions: DownloadSessions
) -> None:
    sink, transfer = HashingSink(), Transfer()
    await fetch(sessions, wanted(service), sink, PATIENCE, transfer=transfer, cut_at=500_000)
    assert sink.received == len(CONTENT)
    assert transfer.resumed == 1
    assert len(service.file_requests) == 2


async def test_a_file_that_changed_meanwhile_starts_again(
    service: CannedDeviceService, sessions: DownloadSessions
) -> None:
    file = wanted(service)
    sink, transfer = HashingSink(), Transfer()
    sink.restart('"of another content"')
    sink.write(OTHER[:1000])
    await fetch(sessions, file, sink, PATIENCE, transfer=transfer)
    assert service.file_requests[0][1:] == ("bytes=1000-", '"of another content"')
    assert transfer == Transfer(bytes_received=len(CONTENT), started_again=1)


async def test_a_service_that_ignores_ranges_starts_again(
    service: CannedDeviceService, sessions: DownloadSessions
) -> None:
    file = wanted(service)
    service.file().ignores_ranges = True
    service.file().cuts = deque([1000])
    transfer = Transfer()
    await fetch(sessions, file, HashingSink(), PATIENCE, transfer=transfer)
    assert transfer == Transfer(bytes_received=len(CONTENT) + 1000, started_again=1)


async def test_a_range_of_another_content_is_not_glued_to_what_is_there(
    service: CannedDeviceService, sessions: DownloadSessions
) -> None:
    file = wanted(service)
    service.file().ignores_if_range = True
    sink, transfer = HashingSink(), Transfer()
    sink.restart('"of another content"')
    sink.write(OTHER[:1000])
    await fetch(sessions, file, sink, PATIENCE, transfer=transfer)
    assert transfer == Transfer(bytes_received=len(CONTENT), started_again=1)


async def test_a_part_of_another_content_under_the_same_etag_never_passes(
    service: CannedDeviceService, sessions: DownloadSessions
) -> None:
    file = wanted(service)
    sink = HashingSink()
    sink.restart(service.file().sent_etag)
    sink.write(OTHER[:1000])
    with pytest.raises(DownloadDidNotHold, match="SHA-256"):
        await fetch(sessions, file, sink, PATIENCE, transfer=Transfer())


async def test_a_part_as_long_as_the_file_but_not_it_starts_again(
    service: CannedDeviceService, sessions: DownloadSessions
) -> None:
    file = wanted(service)
    sink, transfer = HashingSink(), Transfer()
    sink.restart(service.file().sent_etag)
    sink.write(OTHER)
    await fetch(sessions, file, sink, PATIENCE, transfer=transfer)
    assert transfer == Transfer(bytes_received=len(CONTENT), started_again=1)


@pytest.mark.parametrize("served", [OTHER, CONTENT[:-1], CONTENT + b"x"])
async def test_other_bytes_than_offered_do_not_hold(
    service: CannedDeviceService, sessions: DownloadSessions, served: bytes
) -> None:
    file = wanted(service)
    service.file().content = served
    with pytest.raises(DownloadDidNotHold):
        await fetch(sessions, file, HashingSink(), PATIENCE, transfer=Transfer())


async def test_a_file_that_breaks_without_end_is_given_up_and_its_part_kept(
    service: CannedDeviceService, sessions: DownloadSessions
) -> None:
    file = wanted(service)
    service.file().cuts = deque([1000, *[0] * 10])
    sink = HashingSink()
    with pytest.raises(Unreachable, match=r"CPE\.nbt could not be fetched to its end"):
        await fetch(sessions, file, sink, PATIENCE, transfer=Transfer())
    assert sink.received == 1000
    assert len(service.file_requests) == 1 + PATIENCE.fruitless_attempts


async def test_a_busy_service_is_asked_again(service: CannedDeviceService, sessions: DownloadSessions) -> None:
    file = wanted(service)
    service.file().refusals.append(refusal(503, "busy", "Come later.", {"Retry-After": "0"}))
    transfer = Transfer()
    await fetch(sessions, file, HashingSink(), PATIENCE, transfer=transfer)
    assert transfer.bytes_received == len(CONTENT)


async def test_a_busy_service_that_asks_for_a_long_wait_ends_the_download(
    service: CannedDeviceService, sessions: DownloadSessions
) -> None:
    file = wanted(service)
    service.file().refusals.append(refusal(503, "busy", "Come later.", {"Retry-After": "3600"}))
    with pytest.raises(Busy) as caught:
        await fetch(sessions, file, HashingSink(), PATIENCE, transfer=Transfer())
    assert caught.value.retry_after == 3600


@pytest.mark.parametrize("etag", ['W/"weak"', "bare", '"a b"', '"'])
async def test_only_a_strong_etag_lets_a_download_go_on(
    service: CannedDeviceService, sessions: DownloadSessions, etag: str
) -> None:
    file = wanted(service)
    service.file().etag = etag
    service.file().cuts = deque([1000])
    transfer = Transfer()
    await fetch(sessions, file, HashingSink(), PATIENCE, transfer=transfer)
    assert [request[1] for request in service.file_requests] == [None, None]
    assert transfer.started_again == 1


async def test_an_address_that_is_none_is_refused(sessions: DownloadSessions) -> None:
    file = WantedFile("CPE.nbt", "http://[/CPE.nbt", 1, "0" * 64)
    with pytest.raises(Refused, match="which is no address"):
        await fetch(sessions, file, HashingSink(), PATIENCE, transfer=Transfer())


async def test_a_missing_file_and_a_demanded_account_are_not_asked_for_again(
    service: CannedDeviceService, sessions: DownloadSessions
) -> None:
    file = wanted(service)
    service.file().refusals.append(web.Response(status=401))
    with pytest.raises(NotAuthenticated):
        await fetch(sessions, file, HashingSink(), PATIENCE, transfer=Transfer())
    with pytest.raises(Refused, match="status 404"):
        await fetch(sessions, replace(file, url=file.url + "x"), HashingSink(), PATIENCE, transfer=Transfer())
    assert len(service.file_requests) == 2


async def test_an_empty_file_is_asked_for_once(service: CannedDeviceService, sessions: DownloadSessions) -> None:
    await fetch(sessions, wanted(service, b""), HashingSink(), PATIENCE, transfer=Transfer())
    assert len(service.file_requests) == 1


async def test_a_signature_file_is_verified_by_its_etag(
    service: CannedDeviceService, sessions: DownloadSessions
) -> None:
    image, signature = wanted_files(service.offer({"CPE.nbt": CONTENT}, signature=b"signed"), external=False)
    assert (image.size, signature.name, signature.size) == (len(CONTENT), "CPE.cat", None)
    await fetch(sessions, signature, HashingSink(), PATIENCE, transfer=Transfer())
    service.file("CPE.cat").etag = f'"{"0" * 64}"'
    with pytest.raises(DownloadDidNotHold):
        await fetch(sessions, signature, HashingSink(), PATIENCE, transfer=Transfer())


async def test_two_images_with_one_signature_fetch_it_once(service: CannedDeviceService) -> None:
    offer = service.offer({"A.nbt": b"a", "B.nbt": b"b"}, signature=b"signed")
    assert [file.name for file in wanted_files(offer, external=False)] == ["A.nbt", "B.nbt", "CPE.cat"]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def fetch_to(folder: Path, service: CannedDeviceService, content: bytes = CONTENT) -> list[FetchedFile]:
    offer = service.offer({"CPE.nbt": content}, signature=b"signed")
    return await fetch_offer(
        offer, folder, external=False, access=DeviceAccess(), patience=PATIENCE, say=lambda _file: None
    )


async def test_files_get_their_names_when_they_are_complete(service: CannedDeviceService, tmp_path: Path) -> None:
    files = await fetch_to(tmp_path, service)
    assert names_in(tmp_path) == ["CPE.cat", "CPE.nbt"]
    assert [file.sha256 for file in files] == [hashlib.sha256(data).hexdigest() for data in (CONTENT, b"signed")]


async def test_a_later_run_goes_on_where_the_earlier_one_was_cut(service: CannedDeviceService, tmp_path: Path) -> None:
    with PartialFile(tmp_path, "CPE.nbt") as part:
        part.restart(f'"{hashlib.sha256(CONTENT).hexdigest()}"')
        part.write(CONTENT[:5000])
    assert not (tmp_path / "CPE.nbt").exists()
    files = await fetch_to(tmp_path, service)
    assert files[0].resumed_at == 5000
    assert service.file_requests[0][1] == "bytes=5000-"
    assert (tmp_path / "CPE.nbt").read_bytes() == CONTENT


async def test_a_part_of_unknown_content_is_begun_again(service: CannedDeviceService, tmp_path: Path) -> None:
    (tmp_path / "CPE.nbt.partial").write_bytes(OTHER[:5000])
    files = await fetch_to(tmp_path, service)
    assert files[0].resumed_at == 0
    assert service.file_requests[0][1] is None


async def test_a_file_that_is_there_is_not_fetched_again(service: CannedDeviceService, tmp_path: Path) -> None:
    await fetch_to(tmp_path, service)
    service.file_requests.clear()
    files = await fetch_to(tmp_path, service)
    assert [file.was_there for file in files] == [True, False]
    assert [path.rpartition("/")[2] for path, *_ in service.file_requests] == ["CPE.cat"]


async def test_a_file_that_does_not_hold_leaves_nothing(service: CannedDeviceService, tmp_path: Path) -> None:
    offer = service.offer({"CPE.nbt": CONTENT})
    service.file().content = OTHER
    with pytest.raises(DownloadDidNotHold):
        await fetch_offer(
            offer, tmp_path, external=False, access=DeviceAccess(), patience=PATIENCE, say=lambda _file: None
        )
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("name", ["../evil.nbt", "/etc/evil", "nul", "C:evil", "a\\b"])
async def test_a_name_that_reaches_outside_the_folder_is_refused(
    service: CannedDeviceService, tmp_path: Path, name: str
) -> None:
    offer = service.offer({name: CONTENT})
    with pytest.raises(Refused, match="not safe"):
        await fetch_offer(
            offer, tmp_path / "in", external=False, access=DeviceAccess(), patience=PATIENCE, say=lambda _file: None
        )
    assert names_in(tmp_path) == []
    assert service.file_requests == []
