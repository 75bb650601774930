"""Configuration: what wins, what is refused by name, and what an address means (contract section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from device_update_service.configuration.addresses import Address
from device_update_service.configuration.configuration import Configuration
from device_update_service.configuration.loading import ConfigurationError, load_configuration

PREFIX = "DEVICE_UPDATE_SERVICE_"


def load(
    file: Path | None = None, *, command_line: Mapping[str, Any] | None = None, **environment: str
) -> Configuration:
    return load_configuration(file, command_line or {}, {PREFIX + name: text for name, text in environment.items()})


def refusal(file: Path | None = None, *, command_line: Mapping[str, Any] | None = None, **environment: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(file, command_line=command_line, **environment)
    assert refused.value.code == "invalid-configuration"
    return refused.value.sentence


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "service.toml"
    file.write_text(
        'pool = "file"\n[listeners.internal]\naddress = "127.0.0.1:1"\n[listeners.admin]\naddress = "127.0.0.1:2"\n'
        "[limits]\nfile_seconds = 7\n"
    )
    return file


def test_without_anything_the_listeners_are_on_loopback() -> None:
    configuration = load()
    listeners = configuration.listeners
    assert listeners.internal is not None
    assert (str(configuration.data), configuration.pool) == ("data", "default")
    assert (listeners.internal.address, listeners.external) == (Address(host="127.0.0.1", port=8080), None)
    assert listeners.admin.address == Address(host="127.0.0.1", port=8444)


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(file: Path) -> None:
    from_file = load(file)
    assert from_file.listeners.internal is not None
    assert (from_file.pool, from_file.listeners.internal.address.port) == ("file", 1)
    over_file = load(file, POOL="environment", LISTENERS__INTERNAL__ADDRESS="127.0.0.1:3")
    assert over_file.listeners.internal is not None
    assert (over_file.pool, over_file.listeners.internal.address.port) == ("environment", 3)
    over_both = load(
        file,
        command_line={"pool": "command", "listeners": {"internal": {"address": "127.0.0.1:4"}}},
        POOL="environment",
        LISTENERS__INTERNAL__ADDRESS="127.0.0.1:3",
    )
    assert over_both.listeners.internal is not None
    assert (over_both.pool, over_both.listeners.internal.address.port) == ("command", 4)


def test_what_wins_leaves_the_rest_of_its_section_as_it_was(file: Path) -> None:
    configuration = load(file, LISTENERS__ADMIN__ADDRESS="127.0.0.1:9", LIMITS__PACKAGE_FILES="5")
    assert configuration.listeners.internal is not None
    assert configuration.listeners.internal.address.port == 1
    assert (configuration.limits.file_seconds, configuration.limits.package_files) == (7, 5)


def test_variables_of_others_are_left_alone() -> None:
    assert load_configuration(None, {}, {"POOL": "x", "DEVICE_UPDATE_URL": "http://x"}).pool == "default"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("colour = 1", "There is no key colour."),
        ("[listeners.internal]\naddress = '127.0.0.1:1'\ntls_key = 'x'", "There is no key listeners.internal.tls_key."),
        ("[limits]\nchecks = 1", "There is no key limits.checks."),
        ("[limits]\npackage_files = 0", "limits.package_files: "),
        ("[limits]\npackage_files = 'many'", "limits.package_files: "),
        ("[log]\nlevel = 'loud'", "log.level: "),
        ("listeners = 1", "listeners: "),
        ("pool = ''", "pool: "),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "service.toml"
    file.write_text(text)
    assert key in refusal(file)


def test_everything_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "service.toml"
    file.write_text("colour = 1\n[log]\nlevel = 'loud'")
    sentence = refusal(file, LIMITS__FILE_SECONDS="0")
    assert all(key in sentence for key in ("colour", "log.level", "limits.file_seconds"))


def test_an_unknown_variable_of_the_environment_is_named() -> None:
    assert refusal(LISTENERS__INTERN__ADDRESS="127.0.0.1:1") == "There is no key listeners.intern."


@pytest.mark.parametrize("order", [1, -1])
def test_a_section_given_whole_and_in_parts_by_the_environment_is_refused(order: int) -> None:
    variables = [("LISTENERS", "x"), ("LISTENERS__INTERNAL__ADDRESS", "127.0.0.1:1")][::order]
    with pytest.raises(ConfigurationError, match="whole and in parts"):
        load_configuration(None, {}, {PREFIX + name: text for name, text in variables})


@pytest.mark.parametrize("content", [b"pool =", b"\xff\xfe", b"pool = 'a'\npool = 'b'"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "service.toml"
    file.write_bytes(content)
    assert f"The configuration file {file} is not TOML" in refusal(file)


def test_a_file_that_can_not_be_read_is_refused(tmp_path: Path) -> None:
    assert f"The configuration file {tmp_path} cannot be read: Is a directory." in refusal(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "8080",
        ":8080",
        "host:",
        "host:port",
        "host:65536",
        "host:-1",
        "host:\u00b2",
        "::1:8080",
        "ho st:1",
        "[::1]",
        "",
        "host:" + "9" * 5000,
    ],
)
def test_what_is_not_host_and_port_is_refused(text: str) -> None:
    assert "is not HOST:PORT" in refusal(LISTENERS__INTERNAL__ADDRESS=text)


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "*", "0", "0.0", "[::0]", "[::ffff:0.0.0.0]"])
def test_a_listener_on_every_address_needs_the_url_that_devices_are_told(host: str) -> None:
    address = f"{host}:8080"
    assert "internal_url must be set" in refusal(LISTENERS__INTERNAL__ADDRESS=address)
    configuration = load(LISTENERS__INTERNAL__ADDRESS=address, INTERNAL_URL="http://updates.contoso.com/")
    assert configuration.internal_url == "http://updates.contoso.com"
    external = {"listeners": {"external": {"address": address, "tls_certificate": "c", "tls_key": "k"}}}
    assert "external_url must be set" in refusal(command_line=external)
    load(command_line=external, EXTERNAL_URL="https://updates.fabrikam.com")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "[::1]", "localhost", "LOCALHOST", "127.1"])
def test_the_administration_listener_on_loopback_needs_no_certificate(host: str) -> None:
    load(LISTENERS__ADMIN__ADDRESS=f"{host}:8444")


@pytest.mark.parametrize("host", ["192.0.2.1", "0.0.0.0", "[::]", "updates.contoso.com", "127.0.0.1.contoso.com"])
def test_the_administration_listener_elsewhere_needs_a_certificate(host: str) -> None:
    assert "needs tls_certificate and tls_key" in refusal(LISTENERS__ADMIN__ADDRESS=f"{host}:8444")
    assert "given together" in refusal(
        LISTENERS__ADMIN__ADDRESS=f"{host}:8444", LISTENERS__ADMIN__TLS_CERTIFICATE="c.pem"
    )
    load(
        LISTENERS__ADMIN__ADDRESS=f"{host}:8444",
        LISTENERS__ADMIN__TLS_CERTIFICATE="c.pem",
        LISTENERS__ADMIN__TLS_KEY="k.pem",
    )


@pytest.mark.parametrize(
    "url",
    [
        "updates.contoso.com",
        "ftp://x",
        "http://",
        "http:///",
        "https://:80",
        "http://a b",
        "http://a/?q",
        "http://a/#f",
        "http://a\n",
        'http://a"b',
    ],
)
def test_a_url_that_no_device_could_follow_is_refused(url: str) -> None:
    assert "internal_url: a URL such as" in refusal(INTERNAL_URL=url)
