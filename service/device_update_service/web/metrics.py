"""What the service counts, for Prometheus (contract section 5, ``GET /metrics``).

Counting is adding to a plain number, because checks are counted in the tens of thousands a second; only when somebody
asks are these numbers made into Prometheus' families, with `prometheus_client` imported then.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from device_update_service.web.devices.device_counters import DeviceCounters

if TYPE_CHECKING:
    from prometheus_client.core import Metric

DURATION_BOUNDS: tuple[float, ...] = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
"""Upper bounds of the buckets in seconds."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ACCEPTED = "accepted"
_PREFIX = "device_update_"


class Durations:
    """How long something took, counted in buckets."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(DURATION_BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(DURATION_BOUNDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Cumulative counts by upper bound, as Prometheus wants them."""
        rows: list[tuple[str, float]] = []
        running = 0
        for bound, count in zip((*(str(bound) for bound in DURATION_BOUNDS), "+Inf"), self.counts, strict=True):
            running += count
            rows.append((bound, running))
        return rows


class ListenerConnections(Protocol):
    """What a listener counts of its connections."""

    @property
    def name(self) -> str:
        """Which listener it is."""

    @property
    def refused(self) -> Mapping[str, int]:
        """Connections that were closed without an answer, by cause."""

    @property
    def connected(self) -> int:
        """Connections that are open."""


@dataclass(slots=True)
class ServiceMetrics:
    """Counters since the start; the applications add to them on the loop."""

    devices: DeviceCounters = field(default_factory=DeviceCounters)
    """What the device listeners count."""
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    """To the administration API, by endpoint and status."""
    request_durations: dict[str, Durations] = field(default_factory=dict)
    event_streams: int = 0
    sign_ins: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By listener, and the cause of a refusal or `ACCEPTED`."""
    uploaded_bytes: int = 0
    listeners: Sequence[ListenerConnections] = ()

    def request_answered(self, endpoint: str, status: int, seconds: float) -> None:
        """Count an answered administration request."""
        self.requests[endpoint, status] += 1
        durations = self.request_durations.get(endpoint)
        if durations is None:
            durations = self.request_durations[endpoint] = Durations()
        durations.add(seconds)


def render(metrics: ServiceMetrics, gauges: Mapping[str, tuple[str, float]]) -> bytes:
    """Prometheus' text; `gauges` are values that are measured when asked, by name with their description."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(metrics, gauges))
    return generate_latest(registry)


class _Collector:
    def __init__(self, metrics: ServiceMetrics, gauges: Mapping[str, tuple[str, float]]) -> None:
        self._metrics = metrics
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """The families, made now."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        metrics = self._metrics

        def counted(name: str, text: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], int]) -> Metric:
            family = CounterMetricFamily(_PREFIX + name, text, labels=labels)
            for key, value in sorted(values.items()):
                family.add_metric(key, value)
            return family

        devices = metrics.devices
        yield counted("checks", "Update checks answered.", (), {(): devices.decisions.total()})
        yield counted(
            "decisions", "Decisions by reason.", ("reason",), {(code,): n for code, n in devices.decisions.items()}
        )
        yield counted(
            "refusals", "Requests of devices refused.", ("code",), {(code,): n for code, n in devices.refusals.items()}
        )
        yield counted(
            "image_requests", "Image requests by status.", ("status",),
            {(str(status),): n for status, n in devices.image_answers.items()},
        )  # fmt: skip
        yield counted("device_logs_stored", "Device logs stored.", (), {(): devices.logs_stored})
        yield counted("image_bytes", "Bytes of images sent.", (), {(): devices.image_bytes})
        yield counted(
            "requests", "Administration requests.", ("endpoint", "status"),
            {(endpoint, str(status)): n for (endpoint, status), n in metrics.requests.items()},
        )  # fmt: skip
        yield counted(
            "sign_ins", "Sign-ins by listener and result.", ("listener", "result", "cause"),
            {
                (listener, ACCEPTED, "") if cause == ACCEPTED else (listener, "refused", cause): n
                for (listener, cause), n in metrics.sign_ins.items()
            },
        )  # fmt: skip
        yield counted("uploaded_bytes", "Bytes of packages received.", (), {(): metrics.uploaded_bytes})
        yield counted(
            "connections_refused", "Connections closed without an answer.", ("listener", "cause"),
            {(each.name, cause): n for each in metrics.listeners for cause, n in each.refused.items()},
        )  # fmt: skip
        connections = GaugeMetricFamily(_PREFIX + "connections", "Open connections.", labels=("listener",))
        for each in metrics.listeners:
            connections.add_metric((each.name,), each.connected)
        yield connections
        durations = HistogramMetricFamily(
            _PREFIX + "request_seconds", "Time to answer an administration request.", labels=("endpoint",)
        )
        for endpoint, spent in sorted(metrics.request_durations.items()):
            durations.add_metric((endpoint,), spent.buckets(), spent.total)
        yield durations
        yield GaugeMetricFamily(_PREFIX + "event_streams", "Open event streams.", value=metrics.event_streams)
        for name, (text, value) in self._gauges.items():
            yield GaugeMetricFamily(_PREFIX + name, text, value=value)
