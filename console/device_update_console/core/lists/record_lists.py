"""The lists of what happened: refused requests, refused sign-ins, the audit trail; and of who may sign in."""

from __future__ import annotations

from device_update_console.core.lists.definition import (
    Column,
    FilterField,
    FilterKind,
    ListDefinition,
    choices,
    coded,
    moment,
    number,
    words,
    yes_no,
)
from device_update_console.core.logs_and_audit.audit_changes import change_line, changed_fields
from device_update_console.core.logs_and_audit.audit_objects import object_meant, object_text, object_title
from device_update_console.core.logs_and_audit.audit_ways import through_text
from device_update_console.core.texts.code_texts import (
    AUDIT_VERB_TEXTS,
    CAUSE_TEXTS,
    LISTENER_TEXTS,
    OUTCOME_TEXTS,
    REFUSAL_KIND_TEXTS,
    ROLE_TEXTS,
    SOURCE_TEXTS,
    text_of,
    titles_of,
)
from device_update_console.core.texts.language import marked, marked_counted
from device_update_console.core.texts.problem_texts import refusal_text
from device_update_console.core.texts.service_sentences import sign_in_text
from device_update_contract.administration.audit_trail import AuditEntry
from device_update_contract.administration.endpoints import (
    LIST_ACCOUNTS,
    LIST_AUDIT_TRAIL,
    LIST_REFUSED_REQUESTS,
    LIST_SIGN_INS,
)
from device_update_contract.administration.server import AccountModel, RefusedRequest
from device_update_contract.administration.sign_ins import SignIn

REFUSED_REQUESTS = ListDefinition(
    LIST_REFUSED_REQUESTS,
    RefusedRequest,
    (
        moment("last_at", "Last", lambda refused: refused.last_at, sort="last_at"),
        number("count", "Times", lambda refused: refused.count, sort="count"),
        coded("kind", "Kind", lambda refused: refused.kind, REFUSAL_KIND_TEXTS, 20, found_by="kind"),
        words("device", "Device", lambda refused: refused.device, 20, found_by="device"),
        words("account", "Account", lambda refused: refused.account, 16),
        words("address", "Address", lambda refused: refused.address, 14, found_by="address"),
        words("detail", "Why", lambda refused: refusal_text(refused.code, refused.detail), 48),
        words("code", "Code", lambda refused: refused.code, 20, shown=False, found_by="code"),
        moment("first_at", "First", lambda refused: refused.first_at, sort="first_at", shown=False),
    ),
    default_sort="-last_at",
    item_id=lambda refused: refused.id,
    counted=marked_counted("{count} refused request", "{count} refused requests"),
    nothing="No request was turned away.",
    events=frozenset(),
    filters=(
        FilterField("search", "Search"),
        FilterField("kind", "Kind", FilterKind.CHOICE, choices(titles_of(REFUSAL_KIND_TEXTS))),
        FilterField("code", "Code"),
        FilterField("device", "Device"),
        FilterField("address", "Address"),
        FilterField("since", "Since", FilterKind.MOMENT),
    ),
)

SIGN_INS = ListDefinition(
    LIST_SIGN_INS,
    SignIn,
    (
        moment("last_at", "Last", lambda sign_in: sign_in.last_at, sort="last_at"),
        number("count", "Times", lambda sign_in: sign_in.count, sort="count"),
        words("account", "Account", lambda sign_in: sign_in.account, 20, found_by="account"),
        words("address", "Address", lambda sign_in: sign_in.address, 14, found_by="address"),
        coded("cause", "Why", lambda sign_in: sign_in.cause, CAUSE_TEXTS, 24, found_by="cause"),
        coded("listener", "Listener", lambda sign_in: sign_in.listener, LISTENER_TEXTS, 14, found_by="listener"),
        words("detail", "Explanation", lambda sign_in: sign_in_text(sign_in.cause, sign_in.detail), 48, shown=False),
        moment("first_at", "First", lambda sign_in: sign_in.first_at, sort="first_at", shown=False),
    ),
    default_sort="-last_at",
    item_id=lambda sign_in: sign_in.id,
    counted=marked_counted("{count} refused sign-in", "{count} refused sign-ins"),
    nothing="Nobody was refused.",
    events=frozenset(),
    filters=(
        FilterField("account", "Account", placeholder="With or without its domain"),
        FilterField("address", "Address"),
        FilterField("cause", "Why", FilterKind.CHOICE, choices(titles_of(CAUSE_TEXTS))),
        FilterField("listener", "Listener", FilterKind.CHOICE, choices(titles_of(LISTENER_TEXTS))),
        FilterField("since", "Since", FilterKind.MOMENT),
    ),
)


def _change(entry: AuditEntry) -> str:
    lines = "; ".join(change_line(field) for field in changed_fields(entry) if field.changed)
    return lines.replace("\n", ", ")


def _outcome(entry: AuditEntry) -> str:
    text = text_of(OUTCOME_TEXTS, entry.outcome)
    return text if entry.code is None else f"{text}: {entry.code}"


def _object_title(entry: AuditEntry) -> str:
    return object_title(entry.object)


def _is_about(entry: AuditEntry, sought: str) -> bool:
    return entry.object.casefold() == object_meant(sought).casefold()


AUDIT_TRAIL = ListDefinition(
    LIST_AUDIT_TRAIL,
    AuditEntry,
    (
        words("id", "No.", lambda entry: entry.id, 7, sort="id"),
        moment("at", "When", lambda entry: entry.at),
        words("account", "Account", lambda entry: entry.account, 16, found_by="account"),
        coded("verb", "What", lambda entry: entry.verb, AUDIT_VERB_TEXTS, 20, found_by="verb"),
        Column("object", marked("Object"), object_text, 32, found_by="object", value=_object_title),
        words("outcome", "Outcome", _outcome, 14),
        words("change", "Change", _change, 40),
        words("address", "Address", lambda entry: entry.address, 14, shown=False),
        words("through", "Through", lambda entry: through_text(entry.through), 24, shown=False),
        words("hash", "Hash", lambda entry: entry.hash, 20, shown=False),
    ),
    default_sort="-id",
    item_id=lambda entry: entry.id,
    counted=marked_counted("{count} entry", "{count} entries"),
    nothing="Nothing was done yet.",
    events=frozenset({"audit-added"}),
    id_events=frozenset({"audit-added"}),
    filters=(
        FilterField("account", "Account"),
        FilterField("verb", "What", FilterKind.CHOICE, choices(titles_of(AUDIT_VERB_TEXTS))),
        FilterField("object", "Object", placeholder=marked("Update 7"), holds=_is_about, meant=object_meant),
        FilterField("outcome", "Outcome", FilterKind.CHOICE, choices(titles_of(OUTCOME_TEXTS))),
        FilterField("since", "Since", FilterKind.MOMENT),
        FilterField("until", "Until", FilterKind.MOMENT),
    ),
)

ACCOUNTS = ListDefinition(
    LIST_ACCOUNTS,
    AccountModel,
    (
        words("name", "Name", lambda account: account.name, 20, sort="name"),
        coded("role", "Role", lambda account: account.role, ROLE_TEXTS, 14, found_by="role"),
        yes_no("enabled", "Enabled", lambda account: account.enabled),
        moment("last_sign_in_at", "Last Sign-in", lambda account: account.last_sign_in_at),
        moment("locked_until", "Locked Until", lambda account: account.locked_until),
        words("source", "Kept By", lambda account: text_of(SOURCE_TEXTS, account.source), 16),
        moment("created_at", "Created", lambda account: account.created_at),
    ),
    default_sort="name",
    item_id=lambda account: account.name,
    counted=marked_counted("{count} account", "{count} accounts"),
    nothing="There are no accounts.",
    events=frozenset({"accounts-changed"}),
    id_events=frozenset({"accounts-changed"}),
    filters=(
        FilterField("search", "Search", placeholder="Text in the name"),
        FilterField("role", "Role", FilterKind.CHOICE, choices(titles_of(ROLE_TEXTS))),
    ),
)
