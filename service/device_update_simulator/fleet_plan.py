"""What a fleet is to do, and what chance decides for each of its devices. Pure: a seed gives the same fleet again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from device_update_contract.device_messages.answers import OfferedUpdate
from device_update_simulator.device_models import draw

INSTALL_FAILURES: Final = (
    ("0x80070070", "There is not enough space for the image."),
    ("0x80092004", "The signature of the image was not accepted."),
    ("0x8007000E", "There is not enough memory to write the image."),
)
"""How installations fail in the simulation: code and message."""

_SIGNED_IN_SHARE: Final = 0.9
_SIGN_IN_SECONDS: Final = 30.0
_CRASHED_SHARE: Final = 0.2
_DOWNLOAD_RETRY_SECONDS: Final = 60.0
_LEAST_INTERVAL_SECONDS: Final = 1
_GREATEST_INTERVAL_SECONDS: Final = 10**8


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """One run of a fleet; spans are seconds, shares are between 0 and 1.

    ``seconds`` 0 runs until it is ended. With ``rate`` checks leave at that pace whatever comes back (open loop), the
    devices taking turns; without it every device checks when a real one would. ``check_interval`` overrides what the
    service tells the devices. ``sites`` 0 means that all devices have one address.
    """

    devices: int
    seconds: float
    ramp: float
    rate: float | None = None
    install_seconds: float = 30.0
    failure_rate: float = 0.0
    cut_rate: float = 0.0
    sites: int = 0
    seed: int = 0
    check_interval: float | None = None
    downloads: bool = True
    users: bool = False
    connections: int = 64
    start_logs: float = 0.0

    def start_of(self, number: int) -> float:
        """When the device starts, from the beginning of the run: devices come up at random within the ramp."""
        return self.ramp * draw(self.seed, number, "start")

    def interval_of(self, number: int, told_seconds: int) -> float:
        """When it checks again: what it was told, or the plan's own interval, which is spread as the service's is.

        A service that says 0 must not turn its devices into a storm, and one that says too much must not end them.
        """
        if self.check_interval is None:
            return float(min(max(told_seconds, _LEAST_INTERVAL_SECONDS), _GREATEST_INTERVAL_SECONDS))
        return self.check_interval * (0.9 + 0.2 * draw(self.seed, number, "interval"))

    def sign_in_of(self, number: int) -> float | None:
        """How long after a start somebody signs in, or None for a device that nobody uses."""
        if not self.users or draw(self.seed, number, "user") >= _SIGNED_IN_SHARE:
            return None
        return max(1.0, _SIGN_IN_SECONDS * draw(self.seed, number, "sign-in"))

    def retry_jitter_of(self, number: int, unanswered: int) -> float:
        """What spreads its next attempt."""
        return draw(self.seed, number, f"retry {unanswered}")

    def idle_after(self, number: int, download: int) -> float:
        """How long until the device is idle and has installed its n-th download."""
        return self.install_seconds * (0.5 + draw(self.seed, number, f"install {download}"))

    def install_failure_of(self, number: int, download: int) -> tuple[str, str] | None:
        """Code and message when this installation fails."""
        if draw(self.seed, number, f"fail {download}") >= self.failure_rate:
            return None
        choice = draw(self.seed, number, f"cause {download}")
        return INSTALL_FAILURES[int(choice * len(INSTALL_FAILURES))]

    def cut_of(self, number: int, download: int, offer: OfferedUpdate) -> int | None:
        """The byte at which the network breaks while the first image file is fetched, if it does."""
        if draw(self.seed, number, f"cut {download}") >= self.cut_rate:
            return None
        place = 0.2 + 0.6 * draw(self.seed, number, f"place {download}")
        return max(1, int(offer.modules[0].size * place))

    def asks_after_failed_download(self, number: int, download: int) -> float:
        """When a device asks again whose download failed for good."""
        spread = 0.5 + draw(self.seed, number, f"again {download}")
        return min(_DOWNLOAD_RETRY_SECONDS, self.check_interval or _DOWNLOAD_RETRY_SECONDS) * spread

    def sends_start_log(self, number: int) -> bool:
        """Whether it sends a log after its first answer."""
        return draw(self.seed, number, "start log") < self.start_logs

    def started_after_crash(self, number: int) -> bool:
        """Whether a device that sends a log after its start came up because its software had failed."""
        return draw(self.seed, number, "crash") < _CRASHED_SHARE

    def site_of(self, number: int) -> int:
        """The site the device is at, from 0."""
        return number % self.sites if self.sites else 0

    def source_of(self, site: int) -> str | None:
        """The loopback address from which a site's devices come, or None when all have this machine's."""
        return f"127.0.{1 + site // 254}.{1 + site % 254}" if self.sites else None
