"""Reading the configuration: a TOML file, the environment, the command line; the later wins (contract section 7)."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from device_update_contract.refusals import Refusal
from device_update_service.configuration.addresses import Address
from device_update_service.configuration.configuration import Configuration

_ENVIRONMENT_PREFIX = "DEVICE_UPDATE_SERVICE_"


class ConfigurationError(Refusal):
    """The configuration is wrong; the sentence names every key at fault."""

    code = "invalid-configuration"


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = dict(value) if isinstance(value, Mapping) else value
    return base


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """``DEVICE_UPDATE_SERVICE_LISTENERS__INTERNAL__ADDRESS`` sets ``listeners.internal.address``."""
    values: dict[str, Any] = {}
    for name, text in environment.items():
        if not name.startswith(_ENVIRONMENT_PREFIX):
            continue
        *sections, key = name.removeprefix(_ENVIRONMENT_PREFIX).lower().split("__")
        place = values
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise _set_twice(name)
        if isinstance(place.get(key), dict):
            raise _set_twice(name)
        place[key] = text
    return values


def _set_twice(name: str) -> ConfigurationError:
    return ConfigurationError(f"{name} and another variable of the environment set the same thing, whole and in parts.")


def _give_tls(listeners: object, tls: Mapping[str, str]) -> None:
    """Certificate and key of the command line serve the external listener, and the administration one off loopback.

    Listeners that are not what they should be are left alone: the check that follows names them.
    """
    taken = False
    for name in ("external", "admin"):
        listener = listeners.get(name) if isinstance(listeners, dict) else None
        address = listener.get("address") if isinstance(listener, dict) else None
        if isinstance(listener, dict) and (name == "external" or not _is_loopback(address)):
            listener.update(tls)
            taken = True
    if not taken:
        raise ConfigurationError("There is no listener that takes a certificate: no external one, none off loopback.")


def _is_loopback(address: object) -> bool:
    try:
        return isinstance(address, str) and Address.parse(address).is_loopback
    except ValueError:
        return False


def load_configuration(
    file: Path | None,
    command_line: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    *,
    tls: Mapping[str, str] | None = None,
) -> Configuration:
    """Read the configuration; the environment wins over the file, the command line over both.

    ``tls`` are the command line's ``tls_certificate`` and ``tls_key``, for whichever listeners need them.

    Raises:
        ConfigurationError: naming every key at fault.
    """
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigurationError(f"The configuration file {file} cannot be read: {error.strerror}.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"The configuration file {file} is not TOML: {error}.") from error
    _merge(values, _from_environment(os.environ if environment is None else environment))
    _merge(values, command_line)
    if tls:
        _give_tls(values.get("listeners"), tls)
    try:
        return Configuration.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(" ".join(_sentence(fault) for fault in error.errors())) from error


def _sentence(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"There is no key {place}."
    message = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place}: {message}." if place else f"{message[0].upper()}{message[1:]}."
