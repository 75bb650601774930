"""What details pane and property sheets show of an item: what matters most first, what is not known left out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

from device_update_console.core.logs_and_audit.audit_changes import change_line, changed_fields
from device_update_console.core.logs_and_audit.audit_objects import object_text
from device_update_console.core.logs_and_audit.audit_ways import through_text
from device_update_console.core.sheets.details_form import Details, Fact, details, moment_or_nothing, period_text
from device_update_console.core.sheets.device_details import device_details, device_summary
from device_update_console.core.sheets.log_details import device_log_details, logged_check_details
from device_update_console.core.sheets.refusal_details import finding_line
from device_update_console.core.sheets.rule_details import rule_details
from device_update_console.core.texts.code_texts import (
    AUDIT_VERB_TEXTS,
    CAUSE_TEXTS,
    IDENTIFIER_TYPE_TEXTS,
    LISTENER_TEXTS,
    OUTCOME_TEXTS,
    ROLE_TEXTS,
    SOURCE_TEXTS,
    text_of,
)
from device_update_console.core.texts.formats import moment_text, rule_label, size_text
from device_update_console.core.texts.language import text
from device_update_console.core.texts.problem_texts import refusal_text
from device_update_console.core.texts.service_sentences import decision_text, sign_in_text
from device_update_contract.administration.audit_trail import AuditEntry
from device_update_contract.administration.device_logs import DeviceLog
from device_update_contract.administration.devices import Device, TestDevice
from device_update_contract.administration.packages import Package, PackageUpdate
from device_update_contract.administration.rules import Rule
from device_update_contract.administration.server import AccountModel, RefusedRequest
from device_update_contract.administration.sign_ins import SignIn
from device_update_contract.administration.update_log import LoggedCheck

__all__ = ["Details", "details_of", "device_summary"]

EFFECT_TEXTS: Mapping[str, str] = {
    "pending": "now pending",
    "replaced-pending": "now pending instead of another",
    "unchanged": "was pending already",
    "already-approved": "was approved already",
    "approved": "approved at once",
    "refused": "refused",
}


@singledispatch
def details_of(item: object) -> Details:
    """The details of an item of any list.

    Raises:
        TypeError: there is no list of such items.
    """
    raise TypeError(f"No list has items of {type(item).__name__}.")


details_of.register(Device, device_details)
details_of.register(Rule, rule_details)
details_of.register(DeviceLog, device_log_details)
details_of.register(LoggedCheck, logged_check_details)


@details_of.register
def _test_device(item: TestDevice) -> Details:
    decision = item.last_decision
    return details(
        item.name,
        (text("Last answer"), None if decision is None else decision_text(decision)),
        (text_of(IDENTIFIER_TYPE_TEXTS, item.identifier_type), item.identifier),
        (text("Model"), item.model),
        (text("Installed"), item.installed_version),
        (text("Last check"), moment_or_nothing(item.last_check_at) or text("It has not asked yet.")),
    )


@details_of.register
def _package(item: Package) -> Details:
    return details(
        item.name,
        *(
            (text("Finding {number}", number=number), finding_line(finding))
            for number, finding in enumerate(item.findings, start=1)
        ),
        *_numbered(text("Update"), [_update_text(update) for update in item.updates]),
        (text("Uploaded"), text("{time} by {account}", time=moment_text(item.imported_at), account=item.account)),
        (text("Size"), size_text(item.size)),
        ("SHA-256", item.sha256),
    )


def _update_text(update: PackageUpdate) -> str:
    described = text("{rule}, version {version}", rule=rule_label(update), version=update.version)
    effect = "" if update.effect is None else f": {text_of(EFFECT_TEXTS, update.effect)}"
    return f"{described}{effect} ({update.description})" if update.description else f"{described}{effect}"


def _numbered(label: str, texts: list[str]) -> list[Fact]:
    """One row each, numbered where there are several."""
    if len(texts) == 1:
        return [(label, texts[0])]
    return [(f"{label} {number}", each) for number, each in enumerate(texts, start=1)]


@details_of.register
def _refused_request(item: RefusedRequest) -> Details:
    return details(
        refusal_text(item.code, item.detail),
        (text("Times"), period_text(item.count, item.first_at, item.last_at)),
        (text("Device"), item.device),
        (text("Account"), item.account),
        (text("Address"), item.address),
        (text("Code"), item.code),
        (text("Sent"), item.body),
    )


@details_of.register
def _sign_in(item: SignIn) -> Details:
    return details(
        f"{item.account or text('Nobody named')}: {text_of(CAUSE_TEXTS, item.cause)}",
        (text("Why"), sign_in_text(item.cause, item.detail)),
        (text("Times"), period_text(item.count, item.first_at, item.last_at)),
        (text("Address"), item.address),
        (text("Listener"), text_of(LISTENER_TEXTS, item.listener)),
    )


@details_of.register
def _audit_entry(item: AuditEntry) -> Details:
    outcome = text_of(OUTCOME_TEXTS, item.outcome)
    return details(
        f"{text_of(AUDIT_VERB_TEXTS, item.verb)}: {object_text(item)}",
        (text("Outcome"), outcome if item.code is None else f"{outcome}: {item.code}"),
        (text("Change"), "\n".join(change_line(field) for field in changed_fields(item) if field.changed)),
        (text("By"), item.account),
        (text("When"), moment_text(item.at)),
        (text("Address"), item.address),
        (text("Through"), through_text(item.through)),
        (text("Entry"), item.id),
        (text("Hash"), item.hash),
    )


@details_of.register
def _account(item: AccountModel) -> Details:
    return details(
        item.name,
        (text("Can sign in"), _can_sign_in(item)),
        (text("Role"), text_of(ROLE_TEXTS, item.role)),
        (text("Kept by"), text_of(SOURCE_TEXTS, item.source)),
        (text("Last sign-in"), moment_or_nothing(item.last_sign_in_at) or text("never")),
        (text("Created"), moment_text(item.created_at)),
    )


def _can_sign_in(account: AccountModel) -> str:
    if not account.enabled:
        return text("no, it is disabled")
    if account.locked_until is None:
        return text("yes")
    return text("not before {time}", time=moment_text(account.locked_until))
