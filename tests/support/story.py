"""The main story with real programs: a package goes in, test devices get it, approval gives it to all, roll back.

Each step has an act and what must hold afterwards, so that the service can be killed between the two and between any
two steps. An act ends when its answer has come.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.support.cabinets import manifest_xml, update_xml
from tests.support.command_line import environment_for, run_device_update
from tests.support.plain_calls import Administrator, call
from tests.support.preloaded_programs import PreloadedProgram
from tests.support.sample_packages import IMAGE_FILE, image_bytes, sha256_of
from tests.support.service_process import ACCOUNT, PASSWORD, ServiceProcess, eventually

FIRST: Final = "4.0.7577.4366"
SECOND: Final = "4.0.7577.4387"
DELIVERED: Final = "1.0.522.101"
IMAGE_SIZES: Final = {FIRST: 16_000_000, SECOND: 1_000_000}
"""The first more than the buffers between service and curl can hold, so that its download can be cut."""
_SIMULATOR: Final = PreloadedProgram("device_update_simulator", "device_update_simulator.command_line")
_CURL_RATE: Final = "8M"
_CUT_AT: Final = 1_000_000
_TEST_DEVICE: Final = "00-04-F2-00-01-01"
_ORDINARY: Final = "00-04-F2-00-01-02"
_SIGNATURE_FILE: Final = "CPE.cat"


def image_of(version: str) -> bytes:
    """The image file of a version."""
    return image_bytes(version, IMAGE_SIZES[version])


def simulate(*arguments: str) -> tuple[int, Any, str]:
    """One `device-update-simulator`: exit code, its JSON (or None), stderr."""
    done = _SIMULATOR.run(arguments, environment=os.environ, stdin=b"", seconds=120)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr.decode()


@dataclass(slots=True)
class Story:
    """The people, devices and files of the story, and its steps as methods."""

    service: ServiceProcess
    folder: Path
    interrupt: Callable[[subprocess.Popen[bytes]], None]
    """What cuts the download: given curl, it ends curl or the service."""
    administrator: Administrator
    """Signed in once, for all of the story."""
    packages: dict[str, Path] = field(default_factory=dict)
    offer: dict[str, Any] = field(default_factory=dict)
    """The last offer that the ordinary device got."""

    # What the programs do

    def administer(self, *arguments: str) -> Any:
        """`device-update --json`, which must succeed."""
        done = run_device_update(
            "--json", *arguments, environment=environment_for(self.service.admin, ACCOUNT, PASSWORD)
        )
        assert done.exit_code == 0, (arguments, done.stdout, done.stderr)
        return json.loads(done.stdout) if done.stdout else None

    def device(self, mac: str, installed: str, *more: str) -> Any:
        """One check of a device that runs a version."""
        code, told, stderr = simulate(
            "check", "--url", self.service.internal, "--mac", mac, "--vendor", "Polycom", "--model", "CX700",
            "--installed", f"{IMAGE_FILE}={installed}", "--json", *more,
        )  # fmt: skip
        assert code == 0, (told, stderr)
        return told

    def rule(self) -> Any:
        """The one rule."""
        [rule] = self.administrator.items("/rules?state=all")
        return rule

    def slots(self) -> tuple[str | None, str | None, str | None]:
        """The rule's pending, approved and restore versions."""
        rule = self.rule()
        pending, approved, restore = (
            slot and slot["version"] for slot in (rule["pending"], rule["approved"], rule["restore"])
        )
        return pending, approved, restore

    def verbs(self) -> list[str]:
        """The rule's history, oldest first."""
        history = self.administrator.items("/rules/1/history")
        return [f"{entry['verb']} {entry['version']}" for entry in reversed(history)]

    # The steps

    def build_packages(self) -> None:
        for version in (FIRST, SECOND):
            source = self.folder / f"source {version}"
            (source / "Images").mkdir(parents=True)
            (source / "Images" / IMAGE_FILE).write_bytes(image_of(version))
            (source / "Images" / _SIGNATURE_FILE).write_bytes(version.encode())
            file = f'<File name="{IMAGE_FILE}" signature="{_SIGNATURE_FILE}" source="Images\\{IMAGE_FILE}"/>'
            (source / "updateInfo.xml").write_bytes(manifest_xml(update_xml(file, version=version)))
            self.packages[version] = self.folder / f"CX700 {version}.cab"
            self.administer("package", "build", str(source / "updateInfo.xml"), "--output", str(self.packages[version]))

    def packages_read_back(self) -> None:
        for version, package in self.packages.items():
            for reader in ("cabextract", "gcab"):
                target = self.folder / f"{reader} {version}"
                target.mkdir()
                command = {
                    "cabextract": ["cabextract", "-q", "-d", str(target), str(package)],
                    "gcab": ["gcab", "-x", "-n", "-C", str(target), str(package)],
                }[reader]
                subprocess.run(command, check=True, capture_output=True, timeout=60)
                [image] = target.rglob(IMAGE_FILE)
                [signature] = target.rglob(_SIGNATURE_FILE)
                assert image.read_bytes() == image_of(version)
                assert signature.read_bytes() == version.encode()
                assert [path.name for path in target.iterdir() if path.is_file()] == ["updateInfo.xml"]

    def import_first(self) -> None:
        self.administer("import", str(self.packages[FIRST]))

    def first_is_pending(self) -> None:
        assert self.slots() == (FIRST, None, None)
        [package] = self.administrator.items("/packages")
        assert (package["sha256"], package["account"]) == (sha256_of(self.packages[FIRST].read_bytes()), ACCOUNT)

    def ordinary_device_waits(self) -> None:
        assert self.device(_ORDINARY, DELIVERED)["code"] == "waiting-for-approval"

    def add_test_device(self) -> None:
        self.administer("test-device", "add", "Lobby", "--mac", _TEST_DEVICE)

    def test_device_is_known(self) -> None:
        [device] = self.administrator.items("/test-devices")
        assert (device["name"], device["identifier"]) == ("Lobby", _TEST_DEVICE)

    def test_device_gets_pending(self) -> None:
        told = self.device(_TEST_DEVICE, DELIVERED, "--download", str(self.folder / "test device"))
        assert told["code"] == "pending-update-test-device"
        assert [module["version"] for module in told["modules"]] == [FIRST]
        fetched = {file["name"]: file["sha256"] for file in told["files"]}
        assert fetched[IMAGE_FILE] == sha256_of(image_of(FIRST))

    def test_device_reports(self) -> None:
        self.device(
            _TEST_DEVICE, FIRST, "--installed-result", "Succeeded", "--installed-version", FIRST, "--code", "7"
        )  # fmt: skip

    def test_report_is_kept(self) -> None:
        self.report_is_kept(_TEST_DEVICE, "7")
        assert self.rule()["pending_test"]["installed"] == 1

    def approve_first(self) -> None:
        self.administer("approve", "1", "--comment", "tried in the lobby")

    def first_is_approved(self) -> None:
        assert self.slots() == (None, FIRST, None)
        assert self.verbs() == [f"import {FIRST}", f"approve {FIRST}"]

    def ordinary_device_is_offered_first(self) -> None:
        self.offer = self.device(_ORDINARY, DELIVERED)
        assert self.offer["code"] == "approved-update"
        assert [module["version"] for module in self.offer["modules"]] == [FIRST]

    def download_with_curl(self) -> None:
        """Cut in the middle by what befalls curl or the service, then resumed where it ended."""
        url, target = f"{self.offer['base_url']}/{IMAGE_FILE}", self.folder / "curl.nbt"
        command = ["curl", "-sS", "-f", "-o", str(target), url]
        with subprocess.Popen([*command, "--limit-rate", _CURL_RATE], stderr=subprocess.DEVNULL) as curl:
            eventually(lambda: target.exists() and target.stat().st_size > _CUT_AT, "a part has arrived")
            self.interrupt(curl)
            assert curl.wait(60) != 0, "curl noticed"
        partial = target.stat().st_size
        assert _CUT_AT < partial < IMAGE_SIZES[FIRST]
        resumed = subprocess.run(
            [*command, "-C", "-", "-w", "%{http_code} %{size_download}"],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert resumed.stdout == f"206 {IMAGE_SIZES[FIRST] - partial}"
        [module] = self.offer["modules"]
        assert sha256_of(target.read_bytes()) == module["sha256"] == sha256_of(image_of(FIRST))

    def ordinary_device_reports(self) -> None:
        self.device(_ORDINARY, FIRST, "--installed-result", "Succeeded", "--installed-version", FIRST, "--code", "8")

    def ordinary_report_is_kept(self) -> None:
        self.report_is_kept(_ORDINARY, "8")

    def import_second(self) -> None:
        self.administer("import", str(self.packages[SECOND]))

    def second_is_pending(self) -> None:
        assert self.slots() == (SECOND, FIRST, None)

    def approve_second(self) -> None:
        self.administer("approve", "1", "--yes")

    def second_is_approved(self) -> None:
        assert self.slots() == (None, SECOND, FIRST)

    def ordinary_device_is_offered_second(self) -> None:
        told = self.device(_ORDINARY, FIRST, "--download", str(self.folder / "ordinary device"))
        assert told["code"] == "approved-update"
        assert [module["version"] for module in told["modules"]] == [SECOND]

    def roll_back(self) -> None:
        self.administer("rollback", "1", "--yes", "--comment", "restarts all night")

    def first_is_approved_again(self) -> None:
        assert self.slots() == (None, FIRST, None)
        assert self.verbs()[-1] == f"roll-back {FIRST}"

    def devices_are_offered_the_earlier_one(self) -> None:
        told = self.device(_ORDINARY, SECOND)
        assert told["code"] == "rolled-back"
        assert [module["version"] for module in told["modules"]] == [FIRST]
        assert self.device(_TEST_DEVICE, FIRST)["code"] == "up-to-date"

    def remove(self) -> None:
        self.administer("remove", "1", "--yes")

    def nothing_is_given_any_more(self) -> None:
        assert self.rule_states() == ["removed"]
        assert self.device(_ORDINARY, SECOND)["code"] == "no-rule-for-device-class"
        path = f"{self.offer['base_url']}/{IMAGE_FILE}".removeprefix(self.service.internal)
        assert call(self.service.internal_port, "GET", path).status == 404

    def nothing(self) -> None:
        """A step that leaves nothing which a crash must not take: sightings may lose a second."""

    # What several steps share

    def report_is_kept(self, mac: str, code: str) -> None:
        """The report is what is shown last, and stands in the device's history once."""
        [device] = self.administrator.items(f"/devices?search={mac}")
        assert (device["last_install"]["result"], device["last_install"]["code"]) == ("Succeeded", code)
        events = self.administrator.get(f"/devices/{device['id']}/history")["items"]
        assert [event["kind"] for event in events].count("install") == 1

    def rule_states(self) -> list[str]:
        """The states of all rules, also the removed."""
        return [
            rule["state"] for state in ("all", "removed") for rule in self.administrator.items(f"/rules?state={state}")
        ]


@dataclass(frozen=True, slots=True)
class Step:
    """What is done, and what must hold afterwards, whatever happened to the service since."""

    act: Callable[[Story], None]
    holds: Callable[[Story], None] = Story.nothing


STEPS: Final = (
    Step(Story.build_packages, Story.packages_read_back),
    Step(Story.import_first, Story.first_is_pending),
    Step(Story.ordinary_device_waits),
    Step(Story.add_test_device, Story.test_device_is_known),
    Step(Story.test_device_gets_pending),
    Step(Story.test_device_reports, Story.test_report_is_kept),
    Step(Story.approve_first, Story.first_is_approved),
    Step(Story.ordinary_device_is_offered_first),
    Step(Story.download_with_curl),
    Step(Story.ordinary_device_reports, Story.ordinary_report_is_kept),
    Step(Story.import_second, Story.second_is_pending),
    Step(Story.approve_second, Story.second_is_approved),
    Step(Story.ordinary_device_is_offered_second),
    Step(Story.roll_back, Story.first_is_approved_again),
    Step(Story.devices_are_offered_the_earlier_one),
    Step(Story.remove, Story.nothing_is_given_any_more),
)
