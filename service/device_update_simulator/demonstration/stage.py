"""What the demonstration plays on: one service in a folder of its own, an administrator, devices, and what is shown."""

from __future__ import annotations

import secrets
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from device_update_simulator.demonstration.programs import Background, DidNotHold, read_json, run_program
from device_update_simulator.demonstration.relay import Relay

ACCOUNT = "admin"
DEVICE_ACCOUNT = "phones"
SERVICE = "device-update-service"
_NOT_SIGNED_IN = 4
"""The simulator's exit code when it is not let in."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device of the demonstration, with the version that it runs."""

    mac: str
    vendor: str
    model: str
    version: str

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"the {self.vendor} {self.model} {self.mac}"


@dataclass(slots=True)
class Stage:
    """A running service, and the programs that are used on it; `close` ends everything that was started."""

    folder: Path
    verbose: bool
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    device_password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    internal_url: str = ""
    external_url: str = ""
    admin_url: str = ""
    _steps: int = 0
    _relays: dict[str, Relay] = field(default_factory=dict)
    _running: list[Background] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def step(self, sentence: str) -> None:
        """Say what was just shown."""
        self._steps += 1
        print(f"{self._steps:>2}. {sentence}", flush=True)

    def detail(self, text: str) -> None:
        """Say it under ``--verbose`` only."""
        if self.verbose:
            print(f"    {text}", flush=True)

    def start_service(self) -> None:
        """Start the service on free ports, with an administrator and an account for devices outside.

        Returns when it answers.
        """
        data = self.folder / "data"
        self._add_account(ACCOUNT, "administrator", self.password)
        self._add_account(DEVICE_ACCOUNT, "device_user", self.device_password)
        certificate, key = str(self.certificate), str(self.folder / "key.pem")
        run_program(SERVICE, "certificate", "self-signed", "--certificate", certificate, "--key", key, say=self.detail)
        service = self._start(
            Background(
                SERVICE, "serve", "--data", str(data), "--internal", "127.0.0.1:0", "--admin", "127.0.0.1:0",
                "--external", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key,
                log=self.folder / "service.log", end_with=signal.SIGTERM,
            )
        )  # fmt: skip
        words = service.first_line().split()
        urls = dict(word.split("=", 1) for word in words[1:])
        if words[0] != "ready" or urls.keys() != {"internal", "external", "admin"}:
            raise DidNotHold(f"The service printed {' '.join(words)!r} instead of where it answers.")
        self.internal_url, self.external_url, self.admin_url = urls["internal"], urls["external"], urls["admin"]
        if self.verbose:
            self._relays = {url: Relay(url) for url in (self.internal_url, self.admin_url)}

    @property
    def certificate(self) -> Path:
        """The self-signed certificate of the external listener."""
        return self.folder / "certificate.pem"

    def _add_account(self, name: str, role: str, password: str) -> None:
        run_program(
            SERVICE, "account", "add", name, "--role", role, "--password-stdin", "--data", str(self.folder / "data"),
            say=self.detail, stdin=password,
        )  # fmt: skip

    def start_fleet(self, devices: int) -> None:
        """Start a fleet of virtual devices, which goes on until it is ended."""
        self._start(
            Background(
                "device-update-simulator", "fleet", "--url", self.internal_url, "--devices", str(devices),
                "--seconds", "0", "--ramp", "5", "--check-interval", "30", "--install-seconds", "20",
                "--failure-rate", "0.05", "--start-logs", "0.1", "--users",
                log=self.folder / "fleet.log", end_with=signal.SIGINT,
            )
        )  # fmt: skip

    def accompany(self, background: Background) -> None:
        """Keep a program that may end by itself; it ends with the demonstration at the latest."""
        self._stack.callback(background.end)

    def administer(self, *words: str) -> Any:
        """Run ``device-update --json`` on the service and return its answer."""
        answer = self.device_update("--json", *words)
        return read_json(answer) if answer.strip() else None

    def device_update(self, *words: str) -> str:
        """Run ``device-update`` on the service and return what it printed."""
        environment = {
            "DEVICE_UPDATE_URL": self._way_to(self.admin_url),
            "DEVICE_UPDATE_ACCOUNT": ACCOUNT,
            "DEVICE_UPDATE_PASSWORD": self.password,
        }
        answer = run_program("device-update", *words, say=self.detail, environment=environment)
        self._detail_what_was_said()
        return answer

    def check(self, device: Device, *more: str) -> Any:
        """Let a device check, and return what it was told."""
        told = run_program(
            "device-update-simulator", "check", "--url", self._way_to(self.internal_url), "--json",
            "--mac", device.mac, "--vendor", device.vendor, "--model", device.model,
            "--installed", f"CPE.nbt={device.version}", *more,
            say=self.detail,
        )  # fmt: skip
        self._detail_what_was_said()
        self.detail(f"The simulator says: {told.strip()}")  # also what it fetched, which does not pass the relay
        return read_json(told)

    def check_outside(self, device: Device, *more: str, password: str | None) -> Any:
        """Let a device outside the firewall check, with the devices' account and a password or with no account.

        Returns:
            What it was told; a refused one is told an error.
        """
        account = () if password is None else ("--account", DEVICE_ACCOUNT, "--password-stdin")
        told = run_program(
            "device-update-simulator", "check", "--url", self.external_url, "--ca", str(self.certificate), "--json",
            "--mac", device.mac, "--vendor", device.vendor, "--model", device.model,
            "--installed", f"CPE.nbt={device.version}", *account, *more,
            say=self.detail, stdin=password or "", exit_code=0 if password == self.device_password else _NOT_SIGNED_IN,
        )  # fmt: skip
        self.detail(f"The simulator says: {told.strip()}")
        return read_json(told)

    def send_log(self, device: Device, log: Path, log_type: str) -> None:
        """Let a device send a log."""
        run_program(
            "device-update-simulator", "log", str(log), "--url", self._way_to(self.internal_url), "--type", log_type,
            "--mac", device.mac, "--vendor", device.vendor, "--model", device.model,
            say=self.detail,
        )  # fmt: skip
        self._detail_what_was_said()

    def watch(self) -> NoReturn:
        """Watch until a program ends by itself (`DidNotHold`) or this process is told to end."""
        while True:
            for background in self._running:
                background.require_running()
            time.sleep(1)

    def _detail_what_was_said(self) -> None:
        for relay in self._relays.values():
            for message in relay.heard():
                self.detail(message)

    def _way_to(self, url: str) -> str:
        relay = self._relays.get(url)
        return url if relay is None else relay.url

    def _start(self, background: Background) -> Background:
        self._running.append(background)
        self._stack.callback(background.end)
        return background
