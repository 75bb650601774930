"""A device in facts, for the details pane and the command line, and in six lines for a ticket."""

from __future__ import annotations

from device_update_console.core.code_texts import STATUS_TEXTS, WHO_ACTS_TEXTS, text_of
from device_update_console.core.details_form import Details, Fact, details, moment_or_nothing
from device_update_console.core.formats import duration_text, moment_text, one_line, size_text
from device_update_contract.administration.devices import Device


def device_details(device: Device) -> Details:
    """Why it is in its status and what comes next, before everything else that is known."""
    why = device.why
    return details(
        device.label or device.mac or device.serial or f"Device {device.id}",
        ("Why", why.text),
        ("Next step", why.next_step),
        ("Who acts", text_of(WHO_ACTS_TEXTS, why.who_acts)),
        ("Status", _with_since(text_of(STATUS_TEXTS, device.status), device)),
        ("Evidence", "\n".join(fact.text for fact in why.evidence)),
        *identity_facts(device),
        *activity_facts(device),
        *further_facts(device),
    )


def identity_facts(device: Device) -> list[Fact]:
    """What the device is and what it runs."""
    return [
        ("Device", device.id),
        ("MAC address", device.mac),
        ("Serial number", device.serial),
        ("Model", _class_text(device)),
        ("Installed", device.installed_version),
        ("Modules", ", ".join(f"{module.file_name} {module.version or '?'}" for module in device.modules)),
    ]


def activity_facts(device: Device) -> list[Fact]:
    """What it was offered, what came of it, and when and from where it asked."""
    return [
        ("Offered", device.offered_version),
        ("Bytes sent", _bytes_sent(device)),
        ("Last install", _install_text(device)),
        ("Last check", moment_text(device.last_check_at)),
        ("Next check", moment_or_nothing(device.next_check_expected_at)),
        ("First seen", moment_text(device.first_seen_at)),
        ("User", device.user),
        ("Earlier users", ", ".join(user for user in device.users if user != device.user)),
        ("Address", device.address),
        ("Test device", "yes" if device.test_device else "no"),
    ]


def further_facts(device: Device) -> list[Fact]:
    """What most devices do not have; empty where this one has not."""
    return [
        ("Overdue", duration_text(device.overdue_seconds) if device.overdue_seconds else None),
        ("Label", device.label),
        ("Location", device.location),
        ("Asset tag", device.asset_tag),
        ("Note", device.note),
        ("Noted", " ".join(note.text for note in device.notes_by_service)),
        ("Retired", moment_or_nothing(device.retired_at)),
    ]


def device_summary(device: Device) -> tuple[str, ...]:
    """A device in six plain lines for a ticket: what it is, whose, what it runs, its status, why, and what to do."""
    identity = [
        _class_text(device),
        f"MAC {device.mac}" if device.mac else "",
        f"serial {device.serial}" if device.serial else "",
        device.label or "",
    ]
    asked = f"last check {moment_text(device.last_check_at)}"
    following = moment_or_nothing(device.next_check_expected_at)
    place = [device.address or "address not known", device.location or ""]
    lines = (
        f"Device: {_joined(identity)}",
        f"User: {_joined([device.user or 'not known', *place])}",
        f"Installed: {_joined([device.installed_version or 'not known', _offered(device)])}",
        f"Status: {_joined([_with_since(text_of(STATUS_TEXTS, device.status), device), asked])}",
        f"Why: {device.why.text}",
        f"Next: {_joined([device.why.next_step, f'It is to ask again at {following}.' if following else ''], ' ')}",
    )
    return tuple(one_line(line) for line in lines)


def _joined(parts: list[str], between: str = ", ") -> str:
    return between.join(part for part in parts if part) or "-"


def _offered(device: Device) -> str:
    return f"offered {device.offered_version}" if device.offered_version else ""


def _with_since(status: str, device: Device) -> str:
    return status if device.why.since is None else f"{status}, since {moment_text(device.why.since)}"


def _class_text(device: Device) -> str:
    return f"{device.device_type} {device.vendor} {device.model} {device.revision} {device.locale}"


def _bytes_sent(device: Device) -> str | None:
    if device.bytes_sent is None:
        return "unknown" if device.bytes_total else None
    total = "" if device.bytes_total is None else f" of {size_text(device.bytes_total)}"
    last = "" if device.last_byte_at is None else f", last byte {moment_text(device.last_byte_at)}"
    return f"{size_text(device.bytes_sent)}{total}{last}"


def _install_text(device: Device) -> str | None:
    install = device.last_install
    if install is None:
        return None
    facts = [f"{install.result} {install.version}", f"code {install.code}" if install.code else "", install.message]
    facts += [moment_text(install.at)] if install.at else []
    return ", ".join(fact for fact in facts if fact)
