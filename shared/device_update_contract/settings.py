"""The settings that are kept in the database and changed at run time (contract section 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from device_update_contract.identifiers import InvalidIdentifier, parse_class_field
from device_update_contract.refusals import InvalidValue

Value = bool | int | str | list[str] | None
Kind = Literal["integer", "boolean", "names", "extensions", "time-of-day", "certificates"]

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_EXTENSION = re.compile(r"\.[A-Za-z0-9_-]{1,15}")


class InvalidSetting(InvalidValue):
    """A setting is unknown, or its value is not of its type or out of its range."""

    code = "invalid-setting"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its kind, bounds (inclusive, in its own unit), default and label."""

    name: str
    kind: Kind
    default: Value
    label: str
    minimum: int | None = None
    maximum: int | None = None

    def check(self, value: object) -> Value:
        """The value in its canonical form.

        Raises:
            InvalidSetting: naming the setting and what is expected.
        """
        return _CHECKS[self.kind](self, value)


def _refuse(setting: Setting, expected: str) -> InvalidSetting:
    return InvalidSetting(f"The setting {setting.name} must be {expected}.", parameters={"setting": setting.name})


def _integer(setting: Setting, value: object) -> Value:
    low, high = setting.minimum, setting.maximum
    if (
        isinstance(value, bool)
        or not isinstance(value, int)
        or (low is not None and value < low)
        or (high is not None and value > high)
    ):
        raise _refuse(setting, f"a whole number from {low} to {high}")
    return value


def _boolean(setting: Setting, value: object) -> Value:
    if not isinstance(value, bool):
        raise _refuse(setting, "true or false")
    return value


def _texts(setting: Setting, value: object, read: Callable[[str], str], expected: str) -> Value:
    if not isinstance(value, list) or len(value) > 100:
        raise _refuse(setting, expected)
    kept: dict[str, str] = {}
    for text in value:
        if not isinstance(text, str):
            raise _refuse(setting, expected)
        try:
            item = read(text)
        except ValueError as error:
            raise _refuse(setting, expected) from error
        kept.setdefault(item.lower(), item)
    return list(kept.values())


def _names(setting: Setting, value: object) -> Value:
    def read(text: str) -> str:
        try:
            return parse_class_field(setting.name, text)
        except InvalidIdentifier as error:
            raise ValueError(text) from error

    return _texts(setting, value, read, "a list of at most 100 names")


def _extensions(setting: Setting, value: object) -> Value:
    def read(text: str) -> str:
        if not _EXTENSION.fullmatch(text):
            raise ValueError(text)
        return text.lower()

    return _texts(setting, value, read, "a list of at most 100 extensions such as .txt")


def _time_of_day(setting: Setting, value: object) -> Value:
    if value is None or (isinstance(value, str) and _TIME_OF_DAY.fullmatch(value)):
        return value
    raise _refuse(setting, "a time of day such as 03:30, or null")


def _certificates(setting: Setting, value: object) -> Value:
    expected = "a list of certificates in PEM form"
    if not isinstance(value, list) or not all(
        isinstance(text, str) and "-----BEGIN CERTIFICATE-----" in text and len(text) < 64 * KIB for text in value
    ):
        raise _refuse(setting, expected)
    return value


_CHECKS: Mapping[Kind, Callable[[Setting, object], Value]] = {
    "integer": _integer,
    "boolean": _boolean,
    "names": _names,
    "extensions": _extensions,
    "time-of-day": _time_of_day,
    "certificates": _certificates,
}

_DEFAULT_EXTENSIONS = [
    *(".dmp", ".clg", ".clg1", ".clg2", ".bak", ".kdmp"),
    *(".dat", ".bin", ".cat", ".xml", ".txt", ".hex"),
]

SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("valid_log_file_types", "names", ["Watson", "Config", "DiagLog", "CELog"], "Valid log file types"),
        Setting("valid_log_file_extensions", "extensions", _DEFAULT_EXTENSIONS, "Valid log file extensions"),
        Setting("max_log_file_size", "integer", 1_024_000, "Maximum file size (bytes)", KIB, GIB),
        Setting("max_log_cache_limit", "integer", 512_000, "Maximum cache size (bytes)", 0, 64 * MIB),
        Setting("log_flush_interval_minutes", "integer", 5, "Number of minutes to flush cache (1-60)", 1, 60),
        Setting("log_cleanup_days", "integer", 10, "Number of days to keep log files (1-365)", 1, 365),
        Setting("log_cleanup_time_of_day", "time-of-day", None, "Daily clean-up time (server's local time)"),
        Setting("history_days", "integer", 400, "Number of days to keep device histories", 30, 3650),
        Setting("max_device_log_size", "integer", 64 * MIB, "Largest device log (bytes)", KIB, 4 * GIB),
        Setting("device_log_quota", "integer", 10 * GIB, "All device logs together (bytes)", MIB, 1024 * GIB),
        Setting("check_interval_seconds", "integer", 86_400, "Seconds between checks", 60, 2_592_000),
        Setting(
            "test_device_check_interval_seconds",
            "integer",
            900,
            "Seconds between checks of test devices",
            60,
            2_592_000,
        ),
        Setting(
            "more_due_check_interval_seconds",
            "integer",
            900,
            "Seconds to the next check while more is due",
            60,
            2_592_000,
        ),
        Setting("silent_after_hours", "integer", 72, "Hours overdue until a device is silent", 1, 8760),
        Setting("retire_after_days", "integer", 90, "Days without a check until a device is retired", 1, 3650),
        Setting("install_loop_offers", "integer", 10, "Offers of one version until it is an install loop", 2, 100),
        Setting("keep_earlier_versions", "integer", 2, "Earlier approved versions to keep at a purge", 0, 20),
        Setting("superseded_grace_hours", "integer", 24, "Hours a superseded version is still served", 0, 720),
        Setting("deploy_on_import", "names", [], "Device types whose updates are approved at import"),
        Setting("require_signature", "boolean", False, "Refuse packages without a valid signature"),  # noqa: FBT003
        Setting("trusted_signers", "certificates", [], "Certificates that may sign packages"),
        Setting("lockout_attempts", "integer", 10, "Failed sign-ins until lock-out", 3, 100),
        Setting("lockout_minutes", "integer", 15, "Minutes of lock-out", 1, 1440),
        Setting("session_idle_minutes", "integer", 480, "Minutes until an idle session ends", 5, 1440),
        Setting("session_days", "integer", 7, "Days until a session ends", 1, 30),
        Setting("disk_free_warning", "integer", 2 * GIB, "Free disk space below which to warn (bytes)", 0, 1024 * GIB),
    )
}


def check_settings(values: Mapping[str, object]) -> dict[str, Value]:
    """Check many settings at once, all or nothing.

    Raises:
        InvalidSetting: naming the first one that is unknown or wrong.
    """
    checked: dict[str, Value] = {}
    for name, value in values.items():
        setting = SETTINGS.get(name)
        if setting is None:
            raise InvalidSetting(f"There is no setting {name[:64]!r}.", parameters={"setting": name[:64]})
        checked[name] = setting.check(value)
    return checked
