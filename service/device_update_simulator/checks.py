"""One check as a device does it: ask, read the decision, fetch and verify what is offered (contract section 3.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device_update_contract.checks import CheckRequest
from device_update_contract.device_messages.answers import (
    CheckAnswer,
    ErrorAnswer,
    MalformedAnswer,
    OfferedUpdate,
    parse_check_answer,
)
from device_update_contract.device_messages.requests import render_check_request
from device_update_contract.refusals import InvalidValue
from device_update_simulator.check_messages import read_decision
from device_update_simulator.device_access import DeviceAccess, DownloadSessions
from device_update_simulator.device_connections import CheckConnection, Reply
from device_update_simulator.downloads import Patience, Transfer, WantedFile, fetch, wanted_files
from device_update_simulator.failures import Busy, CheckFailure, DownloadDidNotHold, NotAuthenticated, Refused
from device_update_simulator.partial_files import PartialFile, is_complete
from device_update_simulator.service_address import ServiceAddress

CHECK_SECONDS: Final = 30.0
"""How long a device waits for the answer to a check."""


def failure_of(reply: Reply, access: DeviceAccess) -> CheckFailure:
    """Why a reply with another status than 200 is no answer."""
    sentence, code = f"The service answered with status {reply.status} and no message of a device.", "not-the-contract"
    try:
        answer = parse_check_answer(reply.body)
    except MalformedAnswer:
        answer = None
    if isinstance(answer, ErrorAnswer):
        sentence, code = answer.sentence, answer.code
    if reply.status in {401, 403}:
        return NotAuthenticated(access.refused, code=code if isinstance(answer, ErrorAnswer) else None)
    if reply.status == 503:
        again = "" if reply.retry_after is None else f" It may be asked again in {reply.retry_after:g} seconds."
        return Busy(sentence + again, retry_after=reply.retry_after)
    return Refused(sentence, code=code)


def answer_of(reply: Reply, access: DeviceAccess) -> CheckAnswer:
    """The decision in a reply.

    Raises:
        CheckFailure: when there is none.
    """
    if reply.status != 200:
        raise failure_of(reply, access)
    try:
        return read_decision(reply.body)
    except MalformedAnswer as error:
        raise Refused(error.sentence, code=error.code) from error


async def check_once(address: ServiceAddress, request: CheckRequest, access: DeviceAccess) -> CheckAnswer:
    """Ask once and give the decision.

    Raises:
        CheckFailure: when there is no decision; its class says why and its exit code how the command ends.
    """
    connection = CheckConnection(address, access)
    try:
        reply = await connection.check(render_check_request(request), timeout_seconds=CHECK_SECONDS)
        return answer_of(reply, access)
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """One file as it now lies in the folder; ``resumed_at`` is the byte at which an earlier attempt had stopped."""

    name: str
    path: Path
    size: int
    sha256: str
    resumed_at: int
    was_there: bool = False


async def fetch_offer(
    offer: OfferedUpdate,
    folder: Path,
    *,
    external: bool,
    access: DeviceAccess,
    patience: Patience,
    say: Callable[[FetchedFile], None],
) -> list[FetchedFile]:
    """Fetch all files of an offer into a folder, one after the other as a device does; ``say`` hears of each.

    Raises:
        CheckFailure: when one could not be had whole; those before it are complete, its own part is kept.
    """
    fetched: list[FetchedFile] = []
    sessions = DownloadSessions(access)
    try:
        for wanted in wanted_files(offer, external=external):
            file = await _fetch_file(sessions, wanted, folder, patience)
            fetched.append(file)
            say(file)
    finally:
        await sessions.close()
    return fetched


async def _fetch_file(sessions: DownloadSessions, wanted: WantedFile, folder: Path, patience: Patience) -> FetchedFile:
    try:
        sink = PartialFile(folder, wanted.name)
    except InvalidValue as error:
        raise Refused(f"The offer cannot be stored: {error.sentence}", code=error.code) from error
    with sink:
        if wanted.size is not None and wanted.sha256 is not None and is_complete(sink.path, wanted.size, wanted.sha256):
            sink.discard()
            return FetchedFile(wanted.name, sink.path, wanted.size, wanted.sha256, 0, was_there=True)
        resumed_at, transfer = sink.received, Transfer()
        try:
            await fetch(sessions, wanted, sink, patience, transfer=transfer)
        except DownloadDidNotHold:
            sink.discard()
            raise
        sink.complete()
        kept = resumed_at if not transfer.started_again else 0
        return FetchedFile(wanted.name, sink.path, sink.received, sink.sha256(), kept)
