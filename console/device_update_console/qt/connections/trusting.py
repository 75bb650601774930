"""First contact with a service: its certificate is looked at, asked about where that is needed, and remembered."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.connections.certificate_questions import CertificateQuestion, certificate_question
from device_update_console.core.connections.pinned_services import PinnedServices
from device_update_console.qt.background import Background, Job
from device_update_console.qt.connections.certificate_dialog import CertificateDialog


class Trusting:
    """One question at a time for each window; an accepted certificate is trusted by every program of this user."""

    def __init__(self, background: Background, pins: PinnedServices) -> None:
        self._background = background
        self._pins = pins
        self.dialog: CertificateDialog | None = None

    def look(
        self,
        address: ServerAddress,
        parent: QWidget,
        trusted: Callable[[ServerAddress], None],
        failed: Callable[[Exception | None], None],
    ) -> Job:
        """Find out how a service is to be trusted; ``failed`` is told why it is not, None when the person said no."""

        async def find_out() -> tuple[ServerAddress, CertificateQuestion | None]:
            known = self._pins.known(address)
            return known, await certificate_question(known)

        def ask(found: tuple[ServerAddress, CertificateQuestion | None]) -> None:
            known, question = found
            if question is None:
                trusted(known)
            else:
                self._ask(question, parent, trusted, failed)

        return self._background.run(find_out(), ask, failed)

    def _ask(
        self,
        question: CertificateQuestion,
        parent: QWidget,
        trusted: Callable[[ServerAddress], None],
        failed: Callable[[Exception | None], None],
    ) -> None:
        async def remember() -> ServerAddress:
            self._pins.remember(question.server)
            return question.server

        def answered(answer: int) -> None:
            self.dialog = None
            dialog.deleteLater()
            if answer:
                self._background.run(remember(), trusted, failed)
            else:
                failed(None)

        self.dialog = dialog = CertificateDialog(question, parent)
        dialog.finished.connect(answered)
        dialog.open()
