"""How each setting is presented: the page it stands on, its unit, and what it means in a sentence.

The labels are the contract's (section 7), the original's where it had one. What values a setting may have is said by
the service's answer, so that a newer service's ranges hold here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from device_update_console.core.texts.language import marked, text
from device_update_contract.administration.server import SettingModel


class SettingsPage(StrEnum):
    """The tabs on which settings stand, in their order."""

    GENERAL = "general"
    DEVICES = "devices"
    PACKAGES = "packages"
    LOGS = "logs"
    SIGN_IN = "sign-in"
    OTHER = "other"
    """What a newer service has and this console does not know yet."""


PAGE_TITLES: Mapping[SettingsPage, str] = {
    SettingsPage.GENERAL: marked("General"),
    SettingsPage.DEVICES: marked("Devices"),
    SettingsPage.PACKAGES: marked("Packages"),
    SettingsPage.LOGS: marked("Logs"),
    SettingsPage.SIGN_IN: marked("Sign-in"),
    SettingsPage.OTHER: marked("Other"),
}


class Unit(StrEnum):
    """What a number counts."""

    BYTES = "bytes"
    SECONDS = "seconds"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    NOTHING = ""


UNIT_TEXTS: Mapping[Unit, str] = {
    Unit.BYTES: marked("bytes"),
    Unit.SECONDS: marked("seconds"),
    Unit.MINUTES: marked("minutes"),
    Unit.HOURS: marked("hours"),
    Unit.DAYS: marked("days"),
    Unit.NOTHING: "",
}


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting as a field of a form; ``meaning`` is one sentence."""

    name: str
    page: SettingsPage
    meaning: str
    unit: Unit = Unit.NOTHING
    suggestions: tuple[str, ...] = ()
    """What a list may well hold, beside what its default holds."""


_F = SettingField
_P = SettingsPage
_FIELDS = (
    _F(
        "disk_free_warning", _P.GENERAL,
        marked("With less free space the health of the service is shown as degraded."), Unit.BYTES,
    ),
    _F(
        "check_interval_seconds", _P.DEVICES,
        marked("When a device is told to ask again; spread by 10 %, so that not all ask at once."), Unit.SECONDS,
    ),
    _F(
        "test_device_check_interval_seconds", _P.DEVICES,
        marked("When a test device is told to ask again."), Unit.SECONDS,
    ),
    _F(
        "more_due_check_interval_seconds", _P.DEVICES,
        marked("When a device that has another update to come is told to ask again."), Unit.SECONDS,
    ),
    _F(
        "silent_after_hours", _P.DEVICES,
        marked("A device that has not asked for so long past its time is shown as silent."), Unit.HOURS,
    ),
    _F(
        "retire_after_days", _P.DEVICES,
        marked("A retired device comes back by itself when it asks again."), Unit.DAYS,
    ),
    _F(
        "install_loop_offers", _P.DEVICES,
        marked("A device that fetched one version so often without installing it is shown so; it is still offered."),
    ),
    _F(
        "history_days", _P.DEVICES,
        marked("How long offers, downloads, installations, refusals and changes of a device are kept."), Unit.DAYS,
    ),
    _F(
        "deploy_on_import", _P.PACKAGES,
        marked("Updates for these device types go to all devices as soon as they are uploaded, without a trial."),
        suggestions=("UCPhone", "RoundTable"),
    ),
    _F(
        "keep_earlier_versions", _P.PACKAGES,
        marked("A purge leaves the files of so many earlier versions of each update, to roll back to."),
    ),
    _F(
        "superseded_grace_hours", _P.PACKAGES,
        marked("A download that is under way when another version is approved can finish within this time."),
        Unit.HOURS,
    ),
    _F(
        "require_signature", _P.PACKAGES,
        marked("Only packages signed with one of the certificates below are accepted."),
    ),
    _F(
        "trusted_signers", _P.PACKAGES,
        marked("Certificates in PEM form; a file may hold several."),
    ),
    _F(
        "max_log_file_size", _P.LOGS,
        marked("An update-log file that reaches this size is continued in a new one."), Unit.BYTES,
    ),
    _F(
        "max_log_cache_limit", _P.LOGS,
        marked("Text of the update log is held in memory up to this size, and written when it is reached."), Unit.BYTES,
    ),
    _F(
        "log_flush_interval_minutes", _P.LOGS,
        marked("How often the update-log files are written; the database has every check within a second anyway."),
        Unit.MINUTES,
    ),
    _F(
        "log_cleanup_days", _P.LOGS,
        marked("Older device logs, update logs, refused requests and refused sign-ins are deleted."), Unit.DAYS,
    ),
    _F(
        "log_cleanup_time_of_day", _P.LOGS,
        marked("When what is too old is deleted; without a time of day it is done hourly, when due."),
    ),
    _F(
        "valid_log_file_types", _P.LOGS,
        marked("Device logs of other types are refused."),
    ),
    _F(
        "valid_log_file_extensions", _P.LOGS,
        marked("Device logs whose names end otherwise are refused."),
    ),
    _F(
        "max_device_log_size", _P.LOGS,
        marked("A larger device log is refused."), Unit.BYTES,
    ),
    _F(
        "device_log_quota", _P.LOGS,
        marked("Past this size device logs are refused until the next clean-up."), Unit.BYTES,
    ),
    _F(
        "lockout_attempts", _P.SIGN_IN,
        marked("So many wrong passwords lock an account out for the address they came from."),
    ),
    _F(
        "lockout_minutes", _P.SIGN_IN,
        marked("How long a lock-out lasts; an administrator can end it before."), Unit.MINUTES,
    ),
    _F(
        "session_idle_minutes", _P.SIGN_IN,
        marked("Whoever does nothing for so long has to sign in again."), Unit.MINUTES,
    ),
    _F(
        "session_days", _P.SIGN_IN,
        marked("After so long everybody has to sign in again, idle or not."), Unit.DAYS,
    ),
)  # fmt: skip

SETTING_FIELDS: Mapping[str, SettingField] = {field.name: field for field in _FIELDS}
"""All settings that this console knows, those of a page in the order in which they are shown."""

_ORDER = {name: place for place, name in enumerate(SETTING_FIELDS)}


def field_of(setting: SettingModel) -> SettingField:
    """The field of a setting; of one that only a newer service knows, with what the service says of it."""
    return SETTING_FIELDS.get(setting.name) or SettingField(setting.name, SettingsPage.OTHER, "")


def label_of(setting: SettingModel) -> str:
    """What a setting is called; one of a newer service as that calls it."""
    return text(setting.label)


def settings_of(page: SettingsPage, settings: Iterable[SettingModel]) -> list[SettingModel]:
    """The settings of a page, in the order in which they are shown."""
    chosen = [setting for setting in settings if field_of(setting).page is page]
    return sorted(chosen, key=lambda setting: _ORDER.get(setting.name, len(_ORDER)))
