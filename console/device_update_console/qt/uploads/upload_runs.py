"""The requests behind one Upload Updates wizard: one job for each server, their progress, and what is left behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from device_update_console.core.connections.connection_states import Connected, NeedsSignIn, SignedOut
from device_update_console.core.failures import ServerTakenOut
from device_update_console.core.uploads.package_sending import Sending, forget_uploads, import_uploads, inspect_uploads
from device_update_console.core.uploads.package_uploads import PackageUpload
from device_update_console.core.uploads.upload_plan import UploadPlan
from device_update_console.core.uploads.upload_speed import UploadSpeed, sending_text
from device_update_console.qt.background import Background, Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.servers import Servers

_TICK_MS = 250

ByServer: TypeAlias = Mapping[str, Sequence[PackageUpload]]


class UploadRuns(QObject):
    """Made and used in the window's thread; `changed` comes each time that anything is another way than before."""

    changed = Signal()

    def __init__(self, background: Background, servers: Servers, plan: UploadPlan, parent: QObject) -> None:
        super().__init__(parent)
        self.plan = plan
        self._background = background
        self._servers = servers
        self._jobs: dict[str, Job] = {}
        self._again: dict[str, Callable[[], None]] = {}
        """What is begun once somebody signed in to a server again."""
        self._abandoned = False
        self._speed = UploadSpeed()
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self.changed)
        servers.changed.connect(self._server_changed)
        servers.went.connect(self._server_went)

    @property
    def is_running(self) -> bool:
        """Whether anything is still to come by itself."""
        return bool(self._jobs)

    def inspect(self) -> None:
        """Send and inspect what was not inspected yet."""
        self._begin(self.plan.to_inspect(), inspect_uploads)

    def import_all(self) -> None:
        """Import what can be imported."""
        self._begin(self.plan.to_import(), import_uploads)

    def try_again(self) -> None:
        """Go on with what failed, and can be tried again, where it failed."""
        origins = {upload.server for upload in self.plan.retryable}
        for origin in origins:
            session = self._servers.find(origin)
            if session is not None and isinstance(session.state, NeedsSignIn | SignedOut):
                self._again[origin] = partial(self._go_on, origin)
                session.sign_in()
            else:
                self._go_on(origin)

    def cancel(self) -> None:
        """Cut every request; what was under way is where it was before."""
        jobs, self._jobs = self._jobs, {}
        self._again.clear()
        for job in jobs.values():
            job.cancel()
        self._clock.stop()
        self.plan.interrupt()

    def abandon(self) -> None:
        """Cut every request, and have nothing left on any server but what was imported; nobody is told any more."""
        self._abandoned = True
        self.cancel()
        self._forget(self.plan.abandon())

    def forget_left_behind(self) -> None:
        """Have servers delete what they keep of files that were taken out of the plan."""
        self._forget(self.plan.left_behind())

    def progress_text(self) -> str:
        """How far sending is, with speed and remaining time; empty when no byte is on its way."""
        plan, now = self.plan, time.monotonic()
        if not self.is_running or plan.sent_bytes >= plan.total_bytes:
            return ""
        left = self._speed.seconds_left(plan.total_bytes, now)
        return sending_text(plan.sent_bytes, plan.total_bytes, self._speed.bytes_per_second(now), left)

    # Jobs

    def _begin(self, uploads: ByServer, send: Sending) -> None:
        self.forget_left_behind()
        for origin, those in uploads.items():
            self._begin_at(origin, those, send)
        self._settle()

    def _begin_at(self, origin: str, uploads: Sequence[PackageUpload], send: Sending) -> None:
        session = self._servers.find(origin)
        if session is None:
            self._fail(uploads, ServerTakenOut())
            return
        job: Job | None = None

        def tell(upload: PackageUpload) -> None:
            """In the loop's thread."""
            self._background.in_window(lambda: self._told(upload, is_current=self._jobs.get(origin) is job))

        job = session.run(
            lambda connection: send(connection, uploads, tell),
            lambda _: self._ended(origin),
            lambda failure: self._broke_down(origin, uploads, failure),
        )
        self._jobs[origin] = job
        self._clock.start()

    def _go_on(self, origin: str) -> None:
        failed = [upload for upload in self.plan.retryable if upload.server == origin]
        sent = [upload for upload in failed if upload.can_be_imported]
        if sent:
            self._begin_at(origin, sent, import_uploads)
        else:
            self._begin_at(origin, failed, inspect_uploads)
        self._settle()

    def _told(self, upload: PackageUpload, *, is_current: bool) -> None:
        """What a job that was cancelled says late matters only where the server keeps something of it."""
        if is_current or not upload.is_running:
            self.plan.take(upload)
        if not is_current:
            self.forget_left_behind()
        self._settle()

    def _ended(self, origin: str) -> None:
        self._jobs.pop(origin, None)
        self._settle()

    def _broke_down(self, origin: str, uploads: Sequence[PackageUpload], failure: Exception) -> None:
        """Something that nobody foresaw; the uploads say so, and can be tried again."""
        self._fail([each for each in self.plan.uploads if each.key in {one.key for one in uploads}], failure)
        self._ended(origin)

    def _fail(self, uploads: Sequence[PackageUpload], failure: Exception) -> None:
        for upload in uploads:
            self.plan.take(upload.failed(failure))

    def _settle(self) -> None:
        if self._abandoned:
            return
        self._speed.note(self.plan.sent_bytes, time.monotonic())
        if not self._jobs:
            self._clock.stop()
        self.changed.emit()

    # Servers

    def _forget(self, left: Mapping[str, Sequence[str]]) -> None:
        for origin, kept_ids in left.items():
            session = self._servers.find(origin)
            if session is not None:
                session.run_last(partial(forget_uploads, kept_ids=kept_ids))

    def _server_changed(self, session: ServerSession) -> None:
        if isinstance(session.state, Connected) and session.address.origin in self._again:
            self._again.pop(session.address.origin)()

    def _server_went(self, session: ServerSession) -> None:
        origin = session.address.origin
        job = self._jobs.pop(origin, None)
        if job is not None:
            job.cancel()
        self._fail([upload for upload in self.plan.uploads if upload.server == origin], ServerTakenOut())
        self._settle()
