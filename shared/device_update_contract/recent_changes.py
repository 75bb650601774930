"""What changed in the last hours for the devices that a filter means: codes and the English parts of one line.

A code and its parameters are what travels, as in `sentences`; a part that does not name ``count`` is that of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from device_update_contract.empty_lists import counted_parameters
from device_update_contract.sentences import sentence

RECENT_HOURS: Final = 24
"""How far back is looked."""


class RecentChangeCode(StrEnum):
    """One kind of change, in the order in which they are told: what asks for somebody comes first."""

    INSTALL_FAILED = "install-failed"
    BECAME_SILENT = "became-silent"
    REFUSED_REQUESTS = "refused-requests"
    RULE_ROLLED_BACK = "rule-rolled-back"
    RULE_REJECTED = "rule-rejected"
    RULE_REMOVED = "rule-removed"
    RULE_APPROVED = "rule-approved"
    NEW_DEVICES = "new-devices"
    VERSION_CHANGED = "version-changed"
    INSTALLED = "installed"
    OFFERED = "offered"
    LOGS_SENT = "logs-sent"


RECENT_CHANGE_SENTENCES: Mapping[RecentChangeCode, tuple[str, ...]] = {
    RecentChangeCode.INSTALL_FAILED: ("{count} installations failed", "1 installation failed"),
    RecentChangeCode.BECAME_SILENT: ("{count} became silent", "1 became silent"),
    RecentChangeCode.REFUSED_REQUESTS: ("{count} refused requests", "1 refused request"),
    RecentChangeCode.RULE_ROLLED_BACK: (
        "{version} restored for {count} updates by {account}",
        "{version} restored for {rule} by {account}",
    ),
    RecentChangeCode.RULE_REJECTED: (
        "{version} rejected for {count} updates by {account}",
        "{version} rejected for {rule} by {account}",
    ),
    RecentChangeCode.RULE_REMOVED: ("{count} updates removed by {account}", "{rule} removed by {account}"),
    RecentChangeCode.RULE_APPROVED: (
        "{version} approved for {count} updates by {account}",
        "{version} approved for {rule} by {account}",
    ),
    RecentChangeCode.NEW_DEVICES: ("{count} new devices", "1 new device"),
    RecentChangeCode.VERSION_CHANGED: (
        "{count} changed their version, {most} of them from {previous} to {version}",
        "{count} changed their version, {most} of them to {version}",
        "{count} changed from {previous} to {version}",
        "{count} changed to {version}",
        "{count} changed their version",
        "1 changed from {previous} to {version}",
        "1 changed to {version}",
        "1 changed its version",
    ),
    RecentChangeCode.INSTALLED: (
        "{count} installed, {most} of them {version}",
        "{count} installed {version}",
        "{count} installed successfully",
        "1 installed {version}",
        "1 installed successfully",
    ),
    RecentChangeCode.OFFERED: (
        "{count} offers, {most} of them of {version}",
        "{count} offers of {version}",
        "{count} offers",
        "1 offer of {version}",
        "1 offer",
    ),
    RecentChangeCode.LOGS_SENT: ("{count} device logs sent", "1 device log sent"),
}

RECENT_CHANGES_SENTENCES = (
    "Nothing changed in the last {hours} hours.",
    "In the last {hours} hours: {changes}.",
    "In the last {hours} hours at least: {changes}.",
    "In the last {hours} hours nothing is known to have changed; not all was looked at.",
)
"""Nothing; all; part of it, because there was more than is looked at; nothing in the part that was looked at."""


def recent_change_text(code: RecentChangeCode, parameters: Mapping[str, Any]) -> str:
    """One part of the line, in English."""
    return sentence(RECENT_CHANGE_SENTENCES[code], counted_parameters(parameters))


def recent_changes_sentence(parts: Sequence[str], *, complete: bool) -> str:
    """The whole line, in English."""
    template = changes_template(changed=bool(parts), complete=complete)
    return template.format_map({"hours": RECENT_HOURS, "changes": "; ".join(parts)})


def changes_template(*, changed: bool, complete: bool) -> str:
    """The sentence into which the parts go."""
    nothing, all_of_it, part_of_it, nothing_in_part = RECENT_CHANGES_SENTENCES
    if changed:
        return all_of_it if complete else part_of_it
    return nothing if complete else nothing_in_part
