"""A fleet at work: when which device does what, and the workers that do it.

One heap of due moments stands for all devices, so that a device costs a few hundred bytes and no task. Checks go to
the site's queue and from there over a bounded number of kept connections; a check's latency runs from the moment it was
due, whether or not a connection was free, so that a slow service cannot hide behind a waiting client.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from device_update_contract.device_messages.answers import MalformedAnswer
from device_update_contract.versions import Version
from device_update_simulator.check_messages import AnswerReader, check_body
from device_update_simulator.checks import CHECK_SECONDS, failure_of
from device_update_simulator.device_access import DeviceAccess, DownloadSessions
from device_update_simulator.device_connections import CheckConnection
from device_update_simulator.device_models import IMAGE_FILE, identity_of
from device_update_simulator.downloads import HashingSink, Patience, Transfer, fetch, wanted_files
from device_update_simulator.failures import Busy, CheckFailure, DownloadDidNotHold
from device_update_simulator.fleet_logs import FleetLogs
from device_update_simulator.fleet_plan import FleetPlan
from device_update_simulator.fleet_report import FleetCounts, FleetReport
from device_update_simulator.service_address import ServiceAddress
from device_update_simulator.virtual_devices import (
    Action,
    CheckIn,
    DeviceState,
    Download,
    Install,
    InstalledModule,
    Phase,
    answered,
    download_began,
    download_failed,
    downloaded,
    install_ended,
    not_answered,
)

_CHECK: Final = 0
_INSTALLED: Final = 1
_LONGEST_NAP_SECONDS: Final = 0.005
"""A moment that is added while the scheduler naps is seen this late at most."""

_LAST_ANSWERS_SECONDS: Final = 2.0
_PROGRESS_SECONDS: Final = 5.0


class Fleet:
    """One run of many virtual devices against one service."""

    def __init__(
        self,
        address: ServiceAddress,
        plan: FleetPlan,
        *,
        access: DeviceAccess | None = None,
        say: Callable[[str], None],
        patience: Patience | None = None,
    ) -> None:
        self.counts = FleetCounts()
        self._address = address
        self._plan = plan
        self._access = access or DeviceAccess()
        self._say = say
        self._patience = patience or Patience()
        self._identities = [identity_of(plan.seed, number) for number in range(plan.devices)]
        self._states = self._first_states()
        self._users = [plan.sign_in_of(number) for number in range(plan.devices)] if plan.users else None
        self._was_answered = bytearray(plan.devices)
        self._reader = AnswerReader()
        self._due: list[tuple[float, int, int]] = []
        sites = max(1, plan.sites)
        self._checks: list[asyncio.Queue[tuple[float, int] | None]] = [asyncio.Queue() for _ in range(sites)]
        self._downloads: list[asyncio.Queue[int]] = [asyncio.Queue() for _ in range(sites)]
        self._connections = [
            CheckConnection(address, self._access, source=plan.source_of(index % sites))
            for index in range(plan.connections)
        ]
        self._logs = FleetLogs(address, self._access, self.counts)
        self._stopping = asyncio.Event()
        self._now = asyncio.get_running_loop().time
        self._began = 0.0

    def _first_states(self) -> list[DeviceState]:
        """The state in which each device begins; devices that run the same share one."""
        by_version: dict[str, DeviceState] = {}
        for identity in self._identities:
            if identity.first_version not in by_version:
                module = InstalledModule(IMAGE_FILE, Version.parse(identity.first_version))
                by_version[identity.first_version] = DeviceState((module,))
        return [by_version[identity.first_version] for identity in self._identities]

    def stop(self) -> None:
        """End the run early; `run` then returns its report as usual."""
        self._stopping.set()

    async def run(self) -> FleetReport:
        """Run to the end of the plan, or until `stop`, and report."""
        versions_before = self._versions()
        # The fleet's own objects live to the end: looking through them again and again would only cost pauses.
        gc.collect()
        gc.freeze()
        self._began = self._now()
        if self._plan.rate is None:
            self._due = [(self._began + self._plan.start_of(n), n, _CHECK) for n in range(self._plan.devices)]
            heapq.heapify(self._due)
        try:
            await self._work()
        finally:
            gc.unfreeze()
            for connection in self._connections:
                connection.close()
        return FleetReport(
            devices=self._plan.devices,
            seed=self._plan.seed,
            seconds=max(self._now() - self._began, 1e-9),
            connections_opened=sum(connection.opened for connection in self._connections),
            counts=self.counts,
            phases=Counter(state.phase.value for state in self._states),
            versions_before=versions_before,
            versions_after=self._versions(),
        )

    async def _work(self) -> None:
        sites = len(self._checks)
        checkers = [
            asyncio.create_task(self._check_over(connection, self._checks[index % sites]))
            for index, connection in enumerate(self._connections)
        ]
        others = [asyncio.create_task(self._download_offers(n % sites)) for n in range(self._plan.connections)]
        others += [asyncio.create_task(self._schedule()), asyncio.create_task(self._tell_progress())]
        others.append(asyncio.create_task(self._logs.work()))
        ended = asyncio.create_task(self._stopping.wait())
        # A worker never ends by itself: one that does has met a fault of ours, which must be seen.
        workers = [*checkers, *others]
        try:
            await asyncio.wait(
                [ended, *workers], timeout=self._plan.seconds or None, return_when=asyncio.FIRST_COMPLETED
            )
            failed = [task for task in workers if task.done()]
            if not failed:
                await self._end_gently(checkers, others)
        finally:
            for task in (ended, *workers):
                task.cancel()
            results = await asyncio.gather(*workers, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _end_gently(self, checkers: list[asyncio.Task[None]], others: list[asyncio.Task[None]]) -> None:
        """Let checks that were sent have their answers for a moment; those still waiting are counted, not sent."""
        for task in others:
            task.cancel()
        for queue in self._checks:
            while not queue.empty():
                self.counts.due_but_not_sent += queue.get_nowait() is not None
        for index in range(len(checkers)):
            self._checks[index % len(self._checks)].put_nowait(None)
        await asyncio.wait(checkers, timeout=_LAST_ANSWERS_SECONDS)

    async def _schedule(self) -> None:
        sent_by_rate = 0
        while True:
            now = self._now()
            while self._due and self._due[0][0] <= now:
                due, number, what = heapq.heappop(self._due)
                if what == _CHECK:
                    self._queue_check(due, number)
                else:
                    self._end_install(number)
            if self._plan.rate is not None:
                while (due := self._began + sent_by_rate / self._plan.rate) <= now:
                    self._queue_check(due, sent_by_rate % self._plan.devices)
                    sent_by_rate += 1
                next_due = due
            else:
                next_due = self._due[0][0] if self._due else now + _LONGEST_NAP_SECONDS
            await asyncio.sleep(min(max(next_due - self._now(), 0.0), _LONGEST_NAP_SECONDS))

    def _queue_check(self, due: float, number: int) -> None:
        self._checks[self._plan.site_of(number)].put_nowait((due, number))

    async def _check_over(self, connection: CheckConnection, queue: asyncio.Queue[tuple[float, int] | None]) -> None:
        while (job := await queue.get()) is not None:
            await self._check(connection, *job)

    async def _check(self, connection: CheckConnection, due: float, number: int) -> None:
        state = self._states[number]
        names_user = state.signed_in and self._users is not None and self._users[number] is not None
        body = check_body(self._identities[number], state, names_user=names_user)
        carried = state.report
        self.counts.checks_sent += 1
        try:
            reply = await connection.check(body, timeout_seconds=CHECK_SECONDS)
            if reply.status != 200:
                raise failure_of(reply, self._access)
            answer = self._reader.read(reply.body)
        except (CheckFailure, MalformedAnswer) as failure:
            self._not_answered(number, failure)
            return
        self.counts.latencies.add(self._now() - due)
        self.counts.checks_answered += 1
        self.counts.decisions[answer.reason_code] += 1
        if not self._was_answered[number]:
            self._first_answer(number)
        if carried is not None:
            self.counts.reports_acknowledged += 1
        plan = self._plan
        state, action = answered(
            self._states[number],
            answer.offer,
            next_check_seconds=plan.interval_of(number, answer.next_check_seconds),
            carried=carried,
            sign_in_after=self._users[number] if self._users is not None else None,
            takes_offers=plan.downloads,
        )
        self._move(number, state, action)

    def _first_answer(self, number: int) -> None:
        self._was_answered[number] = 1
        self.counts.devices_answered += 1
        if self._plan.sends_start_log(number):
            self._logs.after_start(self._identities[number])
            if self._plan.started_after_crash(number):
                self._logs.after_crash(self._identities[number], datetime.now(UTC))
        if self.counts.devices_answered == self._plan.devices:
            self.counts.all_answered_after = self._now() - self._began

    def _not_answered(self, number: int, failure: CheckFailure | MalformedAnswer) -> None:
        retry_after = None
        if isinstance(failure, Busy):
            self.counts.busy += 1
            retry_after = failure.retry_after
        self.counts.failures[failure.code] += 1
        state = self._states[number]
        jitter = self._plan.retry_jitter_of(number, state.unanswered)
        self._move(number, *not_answered(state, jitter=jitter, retry_after=retry_after))

    def _move(self, number: int, state: DeviceState, action: Action) -> None:
        """Put a device into its next state and see to what it does there."""
        self._states[number] = state
        match action:
            case CheckIn():
                if self._plan.rate is None:
                    self._at(action.seconds, number, _CHECK)
            case Download():
                self._downloads[self._plan.site_of(number)].put_nowait(number)
            case Install():
                self._at(self._plan.idle_after(number, state.downloads), number, _INSTALLED)

    def _at(self, seconds: float, number: int, what: int) -> None:
        heapq.heappush(self._due, (self._now() + seconds, number, what))

    async def _download_offers(self, site: int) -> None:
        sessions = DownloadSessions(self._access, self._plan.source_of(site))
        try:
            while True:
                number = await self._downloads[site].get()
                if self._states[number].phase is Phase.OFFERED:
                    await self._download(number, sessions)
        finally:
            await sessions.close()

    async def _download(self, number: int, sessions: DownloadSessions) -> None:
        plan, counts = self._plan, self.counts
        state = self._states[number] = download_began(self._states[number])
        assert state.offer is not None  # noqa: S101 - a device that downloads has an offer
        cut_at = plan.cut_of(number, state.downloads, state.offer)
        counts.downloads_cut += cut_at is not None
        try:
            for wanted in wanted_files(state.offer, external=self._address.external):
                transfer = Transfer()
                try:
                    await fetch(
                        sessions,
                        wanted,
                        HashingSink(),
                        self._patience,
                        transfer=transfer,
                        cut_at=cut_at,
                    )
                finally:
                    counts.bytes_received += transfer.bytes_received
                    counts.downloads_resumed += transfer.resumed
                    counts.downloads_started_again += transfer.started_again
                cut_at = None
        except CheckFailure as failure:
            counts.did_not_hold += isinstance(failure, DownloadDidNotHold)
            counts.failures[f"download: {failure.code}"] += 1
            again = plan.asks_after_failed_download(number, state.downloads)
            self._move(number, *download_failed(self._states[number], next_check_seconds=again))
            return
        counts.downloads += 1
        self._move(number, *downloaded(self._states[number]))

    def _end_install(self, number: int) -> None:
        state = self._states[number]
        failure = self._plan.install_failure_of(number, state.downloads)
        code, message = failure or ("0", None)
        if failure is None:
            self.counts.installs_succeeded += 1
        else:
            self.counts.installs_failed += 1
            self._tell_failed_install(number, code, message or "")
        at = datetime.now(UTC).replace(microsecond=0)
        self._move(number, *install_ended(state, succeeded=failure is None, at=at, code=code, message=message))

    def _tell_failed_install(self, number: int, code: str, message: str) -> None:
        offer = self._states[number].offer
        version = "" if offer is None else offer.modules[0].version.text
        self._logs.after_failed_install(self._identities[number], version, code, message)

    def _versions(self) -> Counter[tuple[str, str]]:
        """Devices by model and by the version of the module that was installed last."""
        return Counter(
            (identity.model.title, state.installed[-1].version.text)
            for identity, state in zip(self._identities, self._states, strict=True)
        )

    async def _tell_progress(self) -> None:
        before, at = 0, self._now()
        while True:
            await asyncio.sleep(_PROGRESS_SECONDS)
            counts, now = self.counts, self._now()
            waiting = sum(queue.qsize() for queue in self._checks)
            self._say(
                f"{now - self._began:6.0f} s  checks {counts.checks_answered:,} "
                f"({(counts.checks_answered - before) / (now - at):,.0f}/s)  waiting {waiting:,}  "
                f"p99 {counts.latencies.percentile(99) * 1000:.0f} ms  downloads {counts.downloads:,}  "
                f"installs {counts.installs_succeeded:,}  busy {counts.busy:,}  "
                f"failures {counts.failures.total() - counts.busy:,}"
            )
            before, at = counts.checks_answered, now
