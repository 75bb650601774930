"""``device-update-service serve``: what it prints, what it refuses, and how it ends (contract section 6)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.support.administered_store import AdministeredStore
from tests.support.plain_calls import Administrator
from tests.support.service_process import ServiceProcess, add_administrator, run_service_command
from tests.support.signing_in_server import server_certificate
from tests.support.stores import open_stores

from device_update_service.commands.serve import serve
from device_update_service.identity.self_signed_certificates import make_certificate, write_certificate

pytestmark = pytest.mark.end_to_end

_FREE = ("--internal", "127.0.0.1:0", "--admin", "127.0.0.1:0")
_IMAGE = "/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/4.0.7577.4387/CPE/CPE.nbt"
_SIZE = 24_000_000
"""More than the kernel takes for a client that does not read."""
_CUT_AFTER = 9.0
"""Downloads get five seconds; what does not end then is cut, well before the ten seconds of the contract."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    service = ServiceProcess(tmp_path / "data")
    yield service
    service.end()
    assert "Traceback" not in service.stderr, service.stderr


def approve_a_large_image(folder: Path) -> None:
    with open_stores(folder) as stores:
        work = folder / "work"
        work.mkdir()
        administrator = AdministeredStore(stores, work)
        administrator.verb("approve", administrator.import_version("4.0.7577.4387", content="x" * _SIZE))


def begin(stack: ExitStack, port: int, head: str, *, receive: int | None = None) -> socket.socket:
    """A connection on which a request was begun."""
    connection = stack.enter_context(socket.socket())
    if receive is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", port))
    connection.sendall(head.replace("\n", "\r\n").encode())
    return connection


def test_sigterm_ends_it_in_time_whatever_is_under_way(service: ServiceProcess) -> None:
    approve_a_large_image(service.folder)
    add_administrator(service.folder)
    service.start()
    signed_in = f"Host: x\nAuthorization: Bearer {Administrator(service).token}\n"
    with ExitStack() as stack:
        download = begin(stack, service.internal_port, f"GET {_IMAGE} HTTP/1.1\nHost: x\n\n", receive=4096)
        stream = begin(stack, service.admin_port, f"GET /api/v1/events HTTP/1.1\n{signed_in}\n")
        upload = f"POST /api/v1/packages?name=a.cab HTTP/1.1\n{signed_in}Content-Length: 1000000\n\nMSCF"
        begin(stack, service.admin_port, upload)
        begin(
            stack, service.internal_port, "POST /RequestHandler/ucdevice.upx HTTP/1.1\nHost: x\nContent-Length: 9\n\n<"
        )
        assert download.recv(12) == stream.recv(12) == b"HTTP/1.1 200"
        assert service.stop() < _CUT_AFTER


def test_a_service_with_nothing_under_way_ends_at_once(service: ServiceProcess) -> None:
    service.start()
    assert service.stop() < 3


def test_port_0_picks_free_ports_and_the_ready_line_is_all_that_stdout_gets(tmp_path: Path) -> None:
    command = ("-m", "device_update_service", "serve", "--data", str(tmp_path), *_FREE)
    with subprocess.Popen((sys.executable, *command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        line = run.stdout.readline()
        run.terminate()
        rest, log = run.communicate(timeout=60)
    words = dict(word.split("=", 1) for word in line.split()[1:])
    assert line.startswith("ready internal=http://127.0.0.1:")
    assert line.endswith("\n")
    assert words["external"] == "off"
    ports = {int(words[name].rpartition(":")[2]) for name in ("internal", "admin")}
    assert len(ports) == 2
    assert 0 not in ports
    assert (run.returncode, rest) == (0, "")
    assert "The service is ready" in log


def test_the_ready_line_names_the_external_listener(tmp_path: Path) -> None:
    files = server_certificate(tmp_path)
    command = ("-m", "device_update_service", "serve", "--data", str(tmp_path / "data"), *_FREE)
    outside = ("--external", "127.0.0.1:0", "--tls-certificate", str(files.certificate), "--tls-key", str(files.key))
    with subprocess.Popen((sys.executable, *command, *outside), stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        words = dict(word.split("=", 1) for word in run.stdout.readline().split()[1:])
        run.terminate()
        assert run.wait(60) == 0
    assert words["external"].startswith("https://127.0.0.1:")


@pytest.mark.parametrize(("level", "is_outside"), [("0", True), ("3", True), ("4", False), ("x", False)])
def test_an_environment_with_which_ntlm_is_not_safe_ends_the_start_with_a_sentence(
    tmp_path: Path, level: str, is_outside: bool
) -> None:
    files = server_certificate(tmp_path)
    tls = ("--tls-certificate", str(files.certificate), "--tls-key", str(files.key))
    outside = ("--external", "127.0.0.1:0", *tls) if is_outside else ()
    refused = subprocess.run(
        (sys.executable, "-m", "device_update_service", "serve", "--data", str(tmp_path / "data"), *_FREE, *outside),
        env={**os.environ, "LM_COMPAT_LEVEL": level},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "The environment sets LM_COMPAT_LEVEL" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_taken_port_is_refused_with_a_sentence_and_exit_code_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = run_service_command("serve", "--data", str(tmp_path), "--internal", address, "--admin", "127.0.0.1:0")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines()[-1] == f"The address {address} cannot be listened on: Address already in use."
    assert "Traceback" not in refused.stderr


def check_configuration(*arguments: str, environment: dict[str, str] | None = None) -> Result:
    return CliRunner(env=environment).invoke(serve, [*arguments, "--check"])


def test_check_says_that_a_configuration_is_right_and_starts_nothing(tmp_path: Path) -> None:
    right = check_configuration("--data", str(tmp_path / "data"))
    assert (right.exit_code, right.stdout, right.stderr) == (0, "", "The configuration is right.\n")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--internal", "0.0.0.0:8080"), "The internal listener is on a wildcard address, so internal_url must be set"),
        (("--external", "127.0.0.1:8443"), "The external listener needs tls_certificate and tls_key."),
        (("--admin", "192.0.2.1:8444"), "not on loopback, so it needs tls_certificate and tls_key"),
        (("--admin", "192.0.2.1:8444", "--tls-key", "k.pem"), "tls_certificate and tls_key are given together"),
        (("--internal", "8080"), "listeners.internal.address: '8080' is not HOST:PORT"),
        (("--config", "missing.toml"), "The configuration file missing.toml cannot be read"),
    ],
)
def test_a_wrong_configuration_is_refused_by_name_as_wrong_usage(arguments: tuple[str, ...], sentence: str) -> None:
    for extra in ((), ("--check",)):
        refused = CliRunner().invoke(serve, [*arguments, *extra])
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert sentence in refused.stderr


@pytest.mark.parametrize("place", ["command line", "file"])
def test_tls_options_serve_an_administration_listener_off_loopback_wherever_it_is_named(
    tmp_path: Path, place: str
) -> None:
    file = tmp_path / "service.toml"
    file.write_text('[listeners.admin]\naddress = "192.0.2.1:8444"\n' if place == "file" else "")
    named = ["--admin", "192.0.2.1:8444"] if place == "command line" else []
    tls = pair(tmp_path)
    assert check_configuration("--config", str(file), *named, *tls).stderr == "The configuration is right.\n"


def pair(folder: Path) -> list[str]:
    """The options for a certificate and its key, which are made."""
    certificate, key = folder / "c.pem", folder / "k.pem"
    write_certificate(make_certificate(["localhost"], 1, datetime.now(UTC)), certificate, key, replace=True)
    return ["--tls-certificate", str(certificate), "--tls-key", str(key)]


def test_check_looks_whether_the_service_could_start_with_its_certificates(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    tls, other = pair(tmp_path), pair(tmp_path / "other")
    for listener, name in (("--external", "external"), ("--admin", "admin")):
        named = [listener, "192.0.2.1:8444", "--config", str(tmp_path / "service.toml")]
        (tmp_path / "service.toml").write_text('external_url = "https://updates.contoso.com"\n')
        assert check_configuration(*named, *tls).exit_code == 0
        for wrong, sentence in (
            ([*tls[:3], other[3]], "does not belong to the certificate"),
            ([*tls[:1], "gone.pem", *tls[2:]], "The certificate gone.pem cannot be read: No such file or directory."),
            ([*tls[:3], tls[1]], "one of the two is not what it should be, as PEM."),
        ):
            refused = check_configuration(*named, *wrong)
            assert (refused.exit_code, refused.stdout) == (1, "")
            assert refused.stderr.startswith(f"listeners.{name}: ")
            assert sentence in refused.stderr


def test_a_certificate_that_cannot_be_used_ends_the_start_before_anything_is_made(tmp_path: Path) -> None:
    tls, data = pair(tmp_path), tmp_path / "data"
    outside = ("--external", "127.0.0.1:0", *tls[:3], tls[1])
    started = CliRunner().invoke(serve, ["--data", str(data), *outside])
    assert started.exit_code == 1
    assert started.stderr.startswith("listeners.external: The certificate ")
    assert not data.exists()


def test_tls_options_that_no_listener_takes_are_refused() -> None:
    refused = check_configuration("--tls-certificate", "c.pem", "--tls-key", "k.pem")
    assert refused.exit_code == 2
    assert "no listener that takes" in refused.stderr


def test_the_environment_configures_the_command(tmp_path: Path) -> None:
    refused = check_configuration(environment={"DEVICE_UPDATE_SERVICE_LISTENERS__INTERNAL__ADDRESS": "[::]:8080"})
    assert "the internal listener is on a wildcard address" in refused.stderr.lower()
