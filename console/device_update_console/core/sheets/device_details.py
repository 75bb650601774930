"""A device in facts, for the details pane and the command line, and in six lines for a ticket."""

from __future__ import annotations

from device_update_console.core.sheets.details_form import Details, Fact, details, moment_or_nothing
from device_update_console.core.texts.code_texts import INSTALL_RESULT_TEXTS, STATUS_TEXTS, WHO_ACTS_TEXTS, text_of
from device_update_console.core.texts.formats import duration_text, moment_text, one_line, size_text
from device_update_console.core.texts.language import text
from device_update_console.core.texts.service_sentences import evidence_text, next_step_text, note_text, why_text
from device_update_contract.administration.devices import Device


def device_details(device: Device) -> Details:
    """Why it is in its status and what comes next, before everything else that is known."""
    why = device.why
    return details(
        device.label or device.mac or device.serial or text("Device {id}", id=device.id),
        (text("Why"), why_text(why)),
        (text("Next step"), next_step_text(why)),
        (text("Who acts"), text_of(WHO_ACTS_TEXTS, why.who_acts)),
        (text("Status"), _with_since(text_of(STATUS_TEXTS, device.status), device)),
        (text("Evidence"), "\n".join(evidence_text(fact) for fact in why.evidence)),
        *identity_facts(device),
        *activity_facts(device),
        *further_facts(device),
    )


def identity_facts(device: Device) -> list[Fact]:
    """What the device is and what it runs."""
    return [
        *class_facts(device),
        (text("Modules"), ", ".join(f"{module.file_name} {module.version or '?'}" for module in device.modules)),
    ]


def class_facts(device: Device) -> list[Fact]:
    """What the device is, and the version it runs."""
    return [
        (text("Device"), device.id),
        (text("MAC address"), device.mac),
        (text("Serial number"), device.serial),
        (text("Model"), _class_text(device)),
        (text("Installed"), device.installed_version),
    ]


def activity_facts(device: Device) -> list[Fact]:
    """What it was offered, what came of it, and when and from where it asked."""
    return [
        (text("Offered"), device.offered_version),
        (text("Bytes sent"), _bytes_sent(device)),
        (text("Last install"), _install_text(device)),
        (text("Last check"), moment_text(device.last_check_at)),
        (text("Next check"), moment_or_nothing(device.next_check_expected_at)),
        (text("First seen"), moment_text(device.first_seen_at)),
        (text("User"), device.user),
        (text("Earlier users"), ", ".join(user for user in device.users if user != device.user)),
        (text("Address"), device.address),
        (text("Test device"), text("yes") if device.test_device else text("no")),
    ]


def further_facts(device: Device) -> list[Fact]:
    """What most devices do not have; empty where this one has not."""
    return [
        (text("Overdue"), duration_text(device.overdue_seconds) if device.overdue_seconds else None),
        (text("Label"), device.label),
        (text("Location"), device.location),
        (text("Asset tag"), device.asset_tag),
        (text("Note"), device.note),
        (text("Noted"), " ".join(note_text(note) for note in device.notes_by_service)),
        (text("Retired"), moment_or_nothing(device.retired_at)),
    ]


def device_summary(device: Device) -> tuple[str, ...]:
    """A device in six plain lines for a ticket: what it is, whose, what it runs, its status, why, and what to do."""
    identity = [
        _class_text(device),
        text("MAC {mac}", mac=device.mac) if device.mac else "",
        text("serial {serial}", serial=device.serial) if device.serial else "",
        device.label or "",
    ]
    asked = text("last check {time}", time=moment_text(device.last_check_at))
    following = moment_or_nothing(device.next_check_expected_at)
    place = [device.address or text("address not known"), device.location or ""]
    unknown = text("not known")
    again = text("It is to ask again at {time}.", time=following) if following else ""
    lines = (
        text("Device: {facts}", facts=_joined(identity)),
        text("User: {facts}", facts=_joined([device.user or unknown, *place])),
        text("Installed: {facts}", facts=_joined([device.installed_version or unknown, _offered(device)])),
        text("Status: {facts}", facts=_joined([_with_since(text_of(STATUS_TEXTS, device.status), device), asked])),
        text("Why: {facts}", facts=why_text(device.why)),
        text("Next: {facts}", facts=_joined([next_step_text(device.why), again], " ")),
    )
    return tuple(one_line(line) for line in lines)


def _joined(parts: list[str], between: str = ", ") -> str:
    return between.join(part for part in parts if part) or "-"


def _offered(device: Device) -> str:
    return text("offered {version}", version=device.offered_version) if device.offered_version else ""


def _with_since(status: str, device: Device) -> str:
    if device.why.since is None:
        return status
    return text("{status}, since {time}", status=status, time=moment_text(device.why.since))


def _class_text(device: Device) -> str:
    return f"{device.device_type} {device.vendor} {device.model} {device.revision} {device.locale}"


def _bytes_sent(device: Device) -> str | None:
    if device.bytes_sent is None:
        return text("unknown") if device.bytes_total else None
    sent = size_text(device.bytes_sent)
    if device.bytes_total is not None:
        sent = text("{part} of {whole}", part=sent, whole=size_text(device.bytes_total))
    if device.last_byte_at is None:
        return sent
    return text("{sent}, last byte {time}", sent=sent, time=moment_text(device.last_byte_at))


def _install_text(device: Device) -> str | None:
    install = device.last_install
    if install is None:
        return None
    result = f"{text_of(INSTALL_RESULT_TEXTS, install.result)} {install.version}"
    facts = [result, text("code {code}", code=install.code) if install.code else "", install.message]
    facts += [moment_text(install.at)] if install.at else []
    return ", ".join(fact for fact in facts if fact)
