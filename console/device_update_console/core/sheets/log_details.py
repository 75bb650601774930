"""What is shown of a device log and of a logged check."""

from __future__ import annotations

from device_update_console.core.sheets.details_form import Details, details
from device_update_console.core.texts.code_texts import REASON_TEXTS, text_of
from device_update_console.core.texts.formats import moment_text, size_text
from device_update_console.core.texts.language import text
from device_update_contract.administration.device_logs import DeviceLog
from device_update_contract.administration.update_log import LoggedCheck
from device_update_contract.log_contents.log_names import told_by_name


def device_log_details(log: DeviceLog) -> Details:
    """Whose log it is, what kind, what its file name tells, and where its readable copy lies."""
    named = told_by_name(log.name)
    return details(
        log.name or text("{type} log", type=log.log_type),
        (text("Type"), log.log_type),
        (text("Stored"), moment_text(log.stored_at)),
        (text("Written"), text("{time} by the device's clock", time=named.written_at) if named else None),
        (text("Software version"), named.software_version if named else None),
        (text("Size"), size_text(log.size)),
        (text("Last update"), log.update_version),
        *_sender(log),
        (text("File"), None if log.file is None else f"Logs/Client/{log.file}"),
        ("SHA-256", log.sha256),
    )


def logged_check_details(check: LoggedCheck) -> Details:
    """Who asked, what it reported, and what it was answered."""
    return details(
        check.mac or check.serial or text("A device without identifiers"),
        (text("Answer"), text_of(REASON_TEXTS, check.reason)),
        (text("Offered"), check.version),
        (text("When"), moment_text(check.at)),
        *_sender(check),
        (text("Reported"), _modules(check.request_modules)),
        (text("Offered modules"), _modules(check.response_modules)),
    )


def _sender(item: DeviceLog | LoggedCheck) -> tuple[tuple[str, str | None], ...]:
    return (
        (text("MAC address"), item.mac),
        (text("Serial number"), item.serial),
        (text("Model"), f"{item.vendor} {item.model} {item.revision} {item.locale}"),
        (text("User"), item.user),
        (text("Address"), item.address),
    )


def _modules(joined: str) -> str:
    """Modules as the update log joins them, one a line."""
    return "\n".join(" ".join(part for part in module.split(";") if part) for module in joined.split("#"))
