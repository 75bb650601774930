"""The service's own state over HTTP: description, health, metrics, settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.support.administration import API, Administration, running_administration

from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import HealthAnswer, HealthCheck, ServerAnswer
from device_update_service.storage import database
from device_update_service.usecases import server_state

_NEWEST_SCHEMA = max(each.stem for each in Path(database.__file__).with_name("migrations").glob("[0-9]*.py"))


async def test_the_service_describes_itself(administration: Administration) -> None:
    administration.clock.move(minutes=5)
    reply = await administration.call("GET", "/server", Role.HELP_DESK)
    answer = ServerAnswer.model_validate(reply.json)
    assert (answer.uptime_seconds, answer.pool, answer.database.schema_version) == (
        300,
        "default",
        _NEWEST_SCHEMA,
    )
    assert answer.database.size == administration.service.folder.database.stat().st_size
    assert answer.storage.disk_free > 0
    assert answer.features == sorted(set(answer.features))


async def test_a_healthy_service_says_so_to_anybody(administration: Administration) -> None:
    reply = await administration.send("GET", f"{API}/health")
    answer = HealthAnswer.model_validate(reply.json)
    assert (reply.status, answer.status) == (200, "ok")
    names = {check.name for check in answer.checks}
    assert names == {"database", "writer", "disk", "image-store", "device-logs", "key-files", "account-key"}
    assert all(check.detail.endswith(".") for check in answer.checks)


async def test_little_room_on_the_disk_is_degraded_but_not_failing(administration: Administration) -> None:
    free = server_state.free_bytes(administration.service.folder.root)
    await administration.call("PATCH", "/settings", json={"disk_free_warning": 1024**4})
    assert free < 1024**4
    reply = await administration.send("GET", f"{API}/health")
    assert (reply.status, reply.json["status"]) == (200, "degraded")


async def test_a_database_that_failed_to_commit_is_failing(administration: Administration) -> None:
    administration.service.database.failure = "The database cannot take writes now: disk full."
    reply = await administration.send("GET", f"{API}/health")
    assert (reply.status, reply.json["status"]) == (503, "failing")
    assert "disk full" in reply.json["checks"][0]["detail"]


async def test_checks_of_others_are_watched_too(tmp_path: Path) -> None:
    async def failing() -> HealthCheck:
        return HealthCheck(name="housekeeping", status="failing", detail="Housekeeping has stopped.")

    async with running_administration(tmp_path, health_checks=[failing], with_accounts=False) as administration:
        reply = await administration.send("GET", f"{API}/health")
    assert (reply.status, reply.json["status"]) == (503, "failing")
    assert reply.json["checks"][-1]["detail"] == "Housekeeping has stopped."


@pytest.mark.parametrize(("seconds", "status"), [(0.01, "ok"), (1.5, "degraded"), (None, "failing")])
def test_a_slow_writer_is_noticed(seconds: float | None, status: str) -> None:
    assert server_state.writer_check(seconds).status == status


def test_an_image_store_that_is_gone_is_failing(tmp_path: Path) -> None:
    assert server_state.image_store_check(tmp_path).status == "ok"
    assert server_state.image_store_check(tmp_path / "gone").status == "failing"
    assert server_state.disk_check(tmp_path / "gone", 0).status == "failing"


def test_a_log_store_that_is_gone_is_failing(tmp_path: Path) -> None:
    assert server_state.log_store_check(tmp_path, 1, 10).status == "ok"
    assert server_state.log_store_check(tmp_path / "gone", 1, 10).status == "failing"


async def test_metrics_are_text_that_prometheus_reads(administration: Administration) -> None:
    devices = administration.metrics.devices
    devices.decisions["approved-update"] += 3
    devices.decisions["up-to-date"] += 4
    devices.image_bytes += 1000
    await administration.call("GET", "/rules")
    await administration.call("GET", "/rules?surprise=1")
    reply = await administration.send("GET", "/metrics")
    assert reply.content_type == "text/plain"
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(reply.body.decode())
        for sample in family.samples
    }
    assert samples["device_update_checks_total", ()] == 7
    assert samples["device_update_decisions_total", (("reason", "up-to-date"),)] == 4
    assert samples["device_update_image_bytes_total", ()] == 1000
    assert samples["device_update_requests_total", (("endpoint", "list_rules"), ("status", "200"))] == 1
    assert samples["device_update_requests_total", (("endpoint", "list_rules"), ("status", "400"))] == 1
    assert samples["device_update_request_seconds_count", (("endpoint", "list_rules"),)] == 2
    assert samples["device_update_database_bytes", ()] > 0


async def test_settings_change_all_or_nothing(administration: Administration) -> None:
    reply = await administration.call("PATCH", "/settings", json={"session_days": 5, "lockout_attempts": 1})
    assert (reply.status, reply.json["code"]) == (422, "invalid-setting")
    assert "lockout_attempts" in reply.json["detail"]
    shown = {item["name"]: item["value"] for item in (await administration.call("GET", "/settings")).json["items"]}
    assert shown["session_days"] == 7


async def test_a_setting_that_this_version_cannot_keep_is_refused(administration: Administration) -> None:
    reply = await administration.call("PATCH", "/settings", json={"require_signature": True})
    assert (reply.status, reply.json["code"]) == (422, "not-supported")


def test_heavy_modules_are_not_imported_before_they_are_needed() -> None:
    heavy = ["spnego", "prometheus_client", "cryptography.x509", "libarchive"]
    script = (
        "import sys; import device_update_service.web.administration.administration_application; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout.strip() == "[]"
