"""What a fleet counted, and how that is told: as lines for people or as one JSON object with the same figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from device_update_simulator.latencies import Latencies

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
_PERCENTILES: Final = (("p50", 50.0), ("p95", 95.0), ("p99", 99.0))


@dataclass(slots=True)
class FleetCounts:
    """Everything counted while a fleet runs; latencies run from the moment a check was due."""

    checks_sent: int = 0
    checks_answered: int = 0
    devices_answered: int = 0
    all_answered_after: float | None = None
    busy: int = 0
    downloads: int = 0
    downloads_cut: int = 0
    downloads_resumed: int = 0
    downloads_started_again: int = 0
    bytes_received: int = 0
    installs_succeeded: int = 0
    installs_failed: int = 0
    reports_acknowledged: int = 0
    logs_stored: int = 0
    did_not_hold: int = 0
    due_but_not_sent: int = 0
    latencies: Latencies = field(default_factory=Latencies)
    decisions: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class FleetReport:
    """The end of a run: ``versions_before`` and ``versions_after`` count devices by model and version."""

    devices: int
    seed: int
    seconds: float
    connections_opened: int
    counts: FleetCounts
    phases: Counter[str]
    versions_before: Counter[tuple[str, str]]
    versions_after: Counter[tuple[str, str]]

    def as_json(self) -> dict[str, JsonValue]:
        """The report for programs; spans in seconds, latencies in milliseconds."""
        counts = self.counts
        return {
            "devices": self.devices,
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
            "checks": {
                "sent": counts.checks_sent,
                "answered": counts.checks_answered,
                "per_second": round(counts.checks_answered / self.seconds, 1),
                "due_but_not_sent": counts.due_but_not_sent,
                "busy": counts.busy,
                "devices_answered": counts.devices_answered,
                "all_devices_answered_after_seconds": _rounded(counts.all_answered_after),
                "latency_ms": self._latency_ms(),
                "connections_opened": self.connections_opened,
            },
            "downloads": {
                "complete": counts.downloads,
                "per_second": round(counts.downloads / self.seconds, 2),
                "cut": counts.downloads_cut,
                "resumed": counts.downloads_resumed,
                "started_again": counts.downloads_started_again,
                "did_not_hold": counts.did_not_hold,
                "bytes": counts.bytes_received,
                "bytes_per_second": round(counts.bytes_received / self.seconds),
            },
            "installs": {
                "succeeded": counts.installs_succeeded,
                "failed": counts.installs_failed,
                "reports_acknowledged": counts.reports_acknowledged,
            },
            "logs_stored": counts.logs_stored,
            "decisions": dict(sorted(counts.decisions.items())),
            "failures": dict(sorted(counts.failures.items())),
            "phases_at_the_end": dict(sorted(self.phases.items())),
            "versions": self._versions(),
        }

    def _latency_ms(self) -> dict[str, JsonValue]:
        latencies = self.counts.latencies
        figures: dict[str, JsonValue] = {
            name: round(latencies.percentile(percent) * 1000, 2) for name, percent in _PERCENTILES
        }
        return {**figures, "max": round(latencies.greatest * 1000, 2)}

    def _versions(self) -> list[JsonValue]:
        rows = sorted(self.versions_before.keys() | self.versions_after.keys())
        return [
            {
                "model": model,
                "version": version,
                "before": self.versions_before[model, version],
                "after": self.versions_after[model, version],
            }
            for model, version in rows
        ]

    def as_lines(self) -> list[str]:
        """The report for people."""
        counts = self.counts
        latency = "  ".join(f"{name} {value:g} ms" for name, value in self._latency_ms().items())
        run = (
            f"{self.devices:,} devices (seed {self.seed}), {self.seconds:.1f} s, "
            f"{self.connections_opened:,} connections for checks"
        )
        checks = (
            f"{counts.checks_answered:,} answered of {counts.checks_sent:,} sent, "
            f"{counts.checks_answered / self.seconds:,.0f}/s; {counts.busy:,} told to come later; "
            f"{counts.due_but_not_sent:,} due but not sent at the end"
        )
        downloads = (
            f"{counts.downloads:,}, {counts.bytes_received / 1e6:,.1f} MB, "
            f"{counts.bytes_received / 1e6 / self.seconds:,.1f} MB/s; {counts.downloads_cut:,} cut, "
            f"{counts.downloads_resumed:,} resumed, {counts.downloads_started_again:,} started again"
        )
        installs = (
            f"{counts.installs_succeeded:,} succeeded, {counts.installs_failed:,} failed, "
            f"{counts.reports_acknowledged:,} reported"
        )
        lines = [
            run,
            f"checks     {checks}",
            f"devices    {self._devices_answered()}",
            f"latency    {latency}  (from the moment a check was due)",
            f"downloads  {downloads}",
            f"installs   {installs}",
            f"logs       {counts.logs_stored:,} stored",
            "decisions  " + _listed(counts.decisions),
            "failures   " + _listed(counts.failures),
            "at the end " + _listed(self.phases),
            "",
            f"{'model':<24} {'version':<20} {'before':>10} {'after':>10}",
        ]
        lines += [
            f"{model:<24} {version:<20} {self.versions_before[model, version]:>10,} "
            f"{self.versions_after[model, version]:>10,}"
            for model, version in sorted(self.versions_before.keys() | self.versions_after.keys())
        ]
        return lines

    def _devices_answered(self) -> str:
        after = self.counts.all_answered_after
        if after is not None:
            return f"all answered after {after:.1f} s"
        return f"{self.counts.devices_answered:,} of {self.devices:,} answered at least once"


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _listed(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counter.most_common()) or "none"
