"""The main job, step by step: each step is done with the product's own programs, and has to hold."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from device_update_simulator.demonstration.programs import DidNotHold, run_program
from device_update_simulator.demonstration.sample_packages import (
    NEWER_PHONES,
    OLDER_PHONES,
    OLDER_PHONES_LATER,
    lay_out_sample,
)
from device_update_simulator.demonstration.stage import DEVICE_ACCOUNT, Device, Stage

FLEET_DEVICES = 200
FIRST, SECOND = "3.5.6907.187", "4.0.7577.4387"

_TEST_DEVICE = Device("00-04-F2-00-01-76", "Polycom", "CX700", "1.0.522.101")
_ORDINARY = Device("00-04-F2-00-02-11", "Polycom", "CX700", "1.0.522.101")
_OTHER_MODEL = Device("00-40-5A-00-03-42", "LG-Nortel", "IP8540", "1.0.522.101")
_OUTSIDE = Device("00-04-F2-00-04-57", "Polycom", "CX700", "1.0.522.101")
_BROKEN = Device("00-04-F2-00-0B-E7", "Polycom", "CX700", "1.0.522.101")
_GUESS = "guessed by somebody"
_FLEET_SECONDS = 60.0


def tell(stage: Stage) -> None:
    """Tell the whole story.

    Raises:
        DidNotHold: at the first step that is not as it has to be.
    """
    stage.start_service()
    stage.step(
        f"The service runs: devices ask at {stage.internal_url}, from outside at {stage.external_url}; "
        f"administration is at {stage.admin_url}."
    )
    packages = {name: _build(stage, name) for name in (OLDER_PHONES, OLDER_PHONES_LATER, NEWER_PHONES)}
    stage.step(f"Three packages were built from definitions of real models: {', '.join(packages)}.")
    _try_on_a_test_device(stage, packages[OLDER_PHONES])
    _approve_for_all(stage)
    _let_in_from_outside(stage)
    _roll_back(stage, packages[OLDER_PHONES_LATER])
    imported = stage.administer("import", str(packages[NEWER_PHONES]))
    _expect("updates", len(imported["updates"]), 7)
    stage.step("A package for seven newer models was imported and waits for your approval.")
    _find_out_why(stage)
    _start_fleet(stage)


def _try_on_a_test_device(stage: Stage, package: Path) -> None:
    _expect_told(stage.check(_ORDINARY), "no-rule-for-device-class")
    stage.step(f"Nothing was imported yet, so {_ORDINARY.title} is told that there is no rule for it.")
    stage.administer("test-device", "add", "Desk in the lab", "--mac", _TEST_DEVICE.mac)
    stage.step(f"An administrator named {_TEST_DEVICE.title} a test device.")
    imported = stage.administer("import", str(package))
    _expect("effects", [update["effect"] for update in imported["updates"]], ["pending"] * 3)
    stage.step(f"The package {package.name} was imported: {FIRST} is pending for three models.")
    _expect_told(stage.check(_ORDINARY), "waiting-for-approval")
    stage.step("The ordinary device is told that the version waits for approval, and gets nothing.")
    folder = stage.folder / "downloads" / "test-device"
    told = stage.check(_TEST_DEVICE, "--download", str(folder))
    _expect_told(told, "pending-update-test-device", FIRST)
    _expect_downloaded(stage, told, _TEST_DEVICE, OLDER_PHONES)
    stage.step(f"The test device is offered the pending {FIRST}, downloads it and verifies it.")
    updated = replace(_TEST_DEVICE, version=FIRST)
    report = ("--installed-result", "Succeeded", "--installed-version", FIRST)
    _expect_told(stage.check(updated, *report), "up-to-date")
    rules = stage.administer("rules", "--model", "CX700")["items"]
    _expect("test devices that installed it", rules[0]["pending_test"]["installed"], 1)
    stage.step("The test device reports that it installed it, and the rule shows the success to the administrator.")


def _approve_for_all(stage: Stage) -> None:
    answer = stage.administer("approve", "--state", "pending", "--comment", "tried in the lab", "--yes")
    _expect("approved rules", [rule["approved"]["version"] for rule in answer["changed"]], [FIRST] * 3)
    _expect("refusals", answer["refused"], [])
    stage.step(f"The administrator approved {FIRST} for the three models.")
    folder = stage.folder / "downloads" / "ordinary"
    told = stage.check(_ORDINARY, "--download", str(folder))
    _expect_told(told, "approved-update", FIRST)
    _expect_downloaded(stage, told, _ORDINARY, OLDER_PHONES)
    _expect_told(stage.check(_OTHER_MODEL), "approved-update", FIRST)
    stage.step(f"Every device is now offered {FIRST}; the ordinary one downloads it, and every byte is the package's.")


def _let_in_from_outside(stage: Stage) -> None:
    refused = stage.check_outside(_OUTSIDE, password=None)
    _expect("the refusal", refused["error"]["code"], "anonymous-access-not-supported")
    refused = stage.check_outside(_OUTSIDE, password=_GUESS)
    _expect("the refusal", refused["error"]["code"], "sign-in-refused")
    sign_ins = stage.administer("sign-ins", "--account", DEVICE_ACCOUNT)["items"]
    _expect("the cause", [sign_in["cause"] for sign_in in sign_ins], ["wrong-password"])
    stage.step("A device outside is refused without an account and with a wrong password; help desk sees why.")
    folder = stage.folder / "downloads" / "outside"
    told = stage.check_outside(_OUTSIDE, "--download", str(folder), password=stage.device_password)
    _expect_told(told, "approved-update", FIRST)
    _expect_downloaded(stage, told, _OUTSIDE, OLDER_PHONES)
    stage.step(f"Signed in with NTLM over TLS as {DEVICE_ACCOUNT}, it is offered {FIRST}, downloads and verifies it.")


def _roll_back(stage: Stage, package: Path) -> None:
    stage.administer("import", str(package))
    answer = stage.administer("approve", "--state", "pending", "--yes")
    _expect("approved rules", [rule["approved"]["version"] for rule in answer["changed"]], [SECOND] * 3)
    _expect_told(stage.check(replace(_ORDINARY, version=FIRST)), "approved-update", SECOND)
    stage.step(f"A second version, {SECOND}, was imported and approved, and devices are offered it.")
    answer = stage.administer("rollback", "--version", SECOND, "--comment", "phones restart at night", "--yes")
    _expect("approved rules", [rule["approved"]["version"] for rule in answer["changed"]], [FIRST] * 3)
    stage.step(f"{SECOND} turned out to be bad: the administrator rolled it back.")
    _expect_told(stage.check(replace(_ORDINARY, version=SECOND)), "rolled-back", FIRST)
    stage.step(f"The device that had installed {SECOND} is offered the earlier {FIRST}.")
    why = stage.administer("why", _ORDINARY.mac)
    _expect("the device's status", why["status"], "offered")
    stage.step(f"Help desk asks why, and reads: {why['why']['text']}")


def _find_out_why(stage: Stage) -> None:
    report = ("--installed-result", "Failed", "--installed-version", FIRST, "--code", "0x80070070")
    _expect_told(stage.check(_BROKEN, *report, "--message", "There is not enough space."), "rolled-back", FIRST)
    log = stage.folder / "update.txt"
    log.write_bytes(b"12.250 [flash] error 0x80070070: 1,500,000 bytes wanted, 912,384 free\r\n")
    stage.send_log(_BROKEN, log, "DiagLog")
    stage.step(f"On {_BROKEN.title} the installation failed; it said so, and sent its log.")
    [found] = stage.administer("devices", _BROKEN.mac[-4:].replace("-", ""))["items"]
    _expect("the device that three characters of its MAC find", found["mac"], _BROKEN.mac)
    _expect("its status", found["status"], "install-failed")
    stage.step(f"Help desk finds it by {_BROKEN.mac[-4:].replace('-', '')}, and reads: {found['why']['text']}")
    [kept] = stage.administer("logs", "--device", _BROKEN.mac)["items"]
    saved = stage.folder / "downloads" / kept["name"]
    stage.device_update("log", kept["id"], "--save", str(saved))
    _expect("the log", saved.read_bytes(), log.read_bytes())
    stage.step(f"Its log says the rest, and the audit trail who read it: {saved.read_text().split('] ')[1].strip()}")


def _start_fleet(stage: Stage) -> None:
    before = stage.administer("summary")["devices"]
    stage.start_fleet(FLEET_DEVICES)
    end = time.monotonic() + _FLEET_SECONDS
    while (known := stage.administer("summary")["devices"]) < before + FLEET_DEVICES:
        if time.monotonic() > end:
            raise DidNotHold(f"Only {known - before} of the fleet's {FLEET_DEVICES} devices checked in.")
    stage.step(f"A fleet of {FLEET_DEVICES} simulated devices checked in; the service now knows {known} devices.")


def _build(stage: Stage, name: str) -> Path:
    manifest = lay_out_sample(name, stage.folder / "samples" / name)
    package = stage.folder / f"{name}.cab"
    run_program("device-update", "package", "build", str(manifest), "--output", str(package), say=stage.detail)
    return package


def _expect_told(told: Any, code: str, version: str | None = None) -> None:
    """A device was told this reason, and was offered this version or nothing."""
    _expect("the reason", told["code"], code)
    offered = [module["version"] for module in told.get("modules", [])]
    _expect("what is offered", offered, [] if version is None else [version])


def _expect_downloaded(stage: Stage, told: Any, device: Device, sample: str) -> None:
    """The downloaded image is the one that went into the package."""
    image = stage.folder / "samples" / sample / device.vendor / device.model / "CPE.nbt"
    expected = hashlib.sha256(image.read_bytes()).hexdigest()
    files = {file["name"]: Path(file["path"]) for file in told["files"]}
    _expect("the downloaded files", sorted(files), ["CPE.cat", "CPE.nbt"])
    _expect("the image's SHA-256", hashlib.sha256(files["CPE.nbt"].read_bytes()).hexdigest(), expected)


def _expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise DidNotHold(f"{what} should be {expected}, but is {found}.")
