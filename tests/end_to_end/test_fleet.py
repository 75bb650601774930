"""A small fleet against the real service: what both sides counted agrees, and statuses are what devices did."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.cabinets import cabinet, manifest_xml, update_xml
from tests.support.command_line import environment_for, run_device_update
from tests.support.plain_calls import Administrator, call
from tests.support.sample_packages import IMAGE_FILE, image_bytes
from tests.support.service_process import ACCOUNT, PASSWORD, ServiceProcess, eventually
from tests.support.soundness import assert_sound, rows
from tests.support.story import simulate

from device_update_service.storage.data_folder import DataFolder
from device_update_simulator.device_models import MODELS

pytestmark = pytest.mark.end_to_end

DEVICES = 100
SECONDS = 10
VERSION = "4.0.7577.4387"
PLAUSIBLE = {"offered", "downloading", "download-stalled", "downloaded-not-installed", "install-failed", "up-to-date"}


def test_a_fleet_and_the_service_count_the_same(service: ServiceProcess, administrator: Administrator) -> None:
    administrator.import_package(package_for_all_models())
    administrator.approve_all()
    code, report, stderr = simulate(
        "fleet", "--url", service.internal, "--devices", str(DEVICES), "--seconds", str(SECONDS), "--json",
        "--check-interval", "2", "--install-seconds", "1", "--cut-rate", "0.2", "--failure-rate", "0.1", "--users",
        "--start-logs", "0.1",
    )  # fmt: skip
    assert code == 0, stderr
    assert report["failures"] == {}
    checks, downloads, installs = report["checks"], report["downloads"], report["installs"]
    assert checks["devices_answered"] == DEVICES
    assert downloads["did_not_hold"] == 0
    assert downloads["complete"] >= DEVICES
    assert installs["succeeded"] > installs["failed"] > 0

    counted = metrics(service)
    in_flight = checks["sent"] - checks["answered"]
    assert checks["answered"] <= counted["device_update_checks_total"] <= checks["answered"] + in_flight
    decided = sum(value for name, value in counted.items() if name.startswith("device_update_decisions_total"))
    assert decided == counted["device_update_checks_total"]
    for reason, count in report["decisions"].items():
        assert count <= counted[f'device_update_decisions_total{{reason="{reason}"}}'] <= count + in_flight
    assert counted["device_update_device_logs_stored_total"] >= report["logs_stored"] > installs["failed"] / 2
    assert counted["device_update_image_bytes_total"] >= downloads["bytes"]

    eventually(lambda: summary(service)["devices"] == DEVICES, "every device is recorded")
    eventually(lambda: checks_recorded(service) >= checks["answered"], "every check is recorded")
    assert_summary_and_devices_agree(service)
    reports = rows(DataFolder(service.folder).database, "SELECT count(*) FROM device_event WHERE kind = 'install'")
    assert reports[0][0] >= installs["reports_acknowledged"] > 0
    assert_sound(service)


def assert_summary_and_devices_agree(service: ServiceProcess) -> None:
    """The maintained counters are what counting the devices gives; the statuses are those of such a fleet."""
    devices = administer(service, "devices")["items"]
    assert len(devices) == DEVICES
    told = summary(service)
    by_status = {count["status"]: count["devices"] for count in told["by_status"]}
    assert sum(by_status.values()) == DEVICES
    assert by_status.keys() <= PLAUSIBLE
    assert by_status["up-to-date"] > DEVICES / 2
    for status, count in by_status.items():
        assert count == sum(device["status"] == status for device in devices)
    for device in devices:
        assert device["why"]["text"].endswith(".")
        assert (device["installed_version"] == VERSION) == (device["status"] == "up-to-date")
    assert sum(count["devices"] for count in told["by_version"]) == DEVICES
    assert sum(count["devices"] for count in told["by_class"]) == DEVICES


def package_for_all_models() -> bytes:
    """One version for every model of the fleet."""
    classes = {(model.vendor.lower(), model.model): model for model in MODELS}
    updates = [
        update_xml(IMAGE_FILE, version=VERSION, brand=model.vendor, model=model.model) for model in classes.values()
    ]
    image = image_bytes(VERSION, 200_000)
    return cabinet([("updateInfo.xml", manifest_xml(*updates)), (IMAGE_FILE, image)], "stored")


def metrics(service: ServiceProcess) -> dict[str, float]:
    """The service's own figures by name and labels."""
    text = call(service.admin_port, "GET", "/metrics").body.decode()
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def checks_recorded(service: ServiceProcess) -> int:
    """How many checks the update log holds."""
    logs = DataFolder(service.folder).update_log.glob("*.sqlite")
    return sum(rows(log, "SELECT count(*) FROM check_log")[0][0] for log in logs)


def summary(service: ServiceProcess) -> Any:
    """`device-update summary`."""
    return administer(service, "summary")


def administer(service: ServiceProcess, *arguments: str) -> Any:
    """A command that must succeed, and its answer."""
    done = run_device_update("--json", *arguments, environment=environment_for(service.admin, ACCOUNT, PASSWORD))
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)
