"""Refusals of the service in the person's language: by the form of their sentences, or else by their codes."""

from __future__ import annotations

from collections.abc import Mapping

from device_update_console.core.texts.code_texts import ROLE_TEXTS, text_of
from device_update_console.core.texts.formats import number_text, one_line
from device_update_console.core.texts.language import SHIPPED, spoken, text
from device_update_console.core.texts.service_sentences import sign_in_text, verb_refusal_text
from device_update_contract.administration.problems import Problem
from device_update_contract.reasons import VerbRefusalCode
from device_update_contract.refusal_sentences import NUMBERS, REFUSAL_SENTENCES
from device_update_contract.refusals import Refusal
from device_update_contract.sentence_forms import taken_apart
from device_update_contract.sign_ins import SignInCause

PROBLEM_TEXTS: Mapping[str, str] = {
    "account-exists": "There is such an account already.",
    "account-key-unusable": "The key of the accounts cannot be used.",
    "account-of-domain": "A domain keeps this account.",
    "busy": "The service is busy.",
    "caller-left": "The connection ended too early.",
    "count-changed": "Another number matches by now; look again.",
    "disk-full": "There is not enough free disk space.",
    "identifier-taken": "This identifier is a test device already.",
    "insecure-transport": "The connection is not private.",
    "internal-error": "The service met something unexpected.",
    "invalid-address": "This is no address.",
    "invalid-cursor": "The list cannot be read on from here.",
    "invalid-identifier": "The identifier is not of the form that it has to have.",
    "invalid-name": "The name is not of the form that it has to have.",
    "invalid-parameter": "A parameter is wrong.",
    "invalid-password": "The password cannot be used.",
    "invalid-request": "The request is wrong.",
    "invalid-setting": "The setting cannot have this value.",
    "invalid-text": "A field holds what is no text.",
    "invalid-value": "A value is wrong.",
    "invalid-version": "The version is not of the form that it has to have.",
    "last-administrator": "The last administrator has to stay.",
    "log-extension-not-accepted": "Logs with this extension are not stored.",
    "log-store-full": "There is no room for another log.",
    "log-too-large": "The log is too large.",
    "log-type-not-accepted": "Logs of this type are not stored.",
    "malformed-request": "The request could not be read.",
    "method-not-allowed": "This cannot be done at this address.",
    "missing-field": "A field is missing.",
    "missing-parameter": "A parameter is missing.",
    "name-taken": "There is a test device of this name already.",
    "not-found": "It is not there any more.",
    "not-permitted": "The account may not do this.",
    "not-signed-in": "Nobody is signed in.",
    "not-supported": "This version of the service cannot do this.",
    "nothing-changed": "None of the updates was changed.",
    "package-not-inspected": "The package could not be inspected.",
    "package-refused": "The package is refused.",
    "refused": "The service refused.",
    "request-timeout": "The request took too long.",
    "request-too-large": "The request is too large.",
    "search-too-short": "This is too short to search for.",
    "session-ended": "The session has ended.",
    "sign-in-goes-on": "The sign-in goes on.",
    "sign-in-refused": "The sign-in was refused.",
    "sort-not-available": "The list cannot be sorted so.",
    "stopping": "The service is stopping.",
    "storage-failed": "The service's storage failed.",
    "storage-unavailable": "The service's storage cannot be used now.",
    "too-large": "The package is too large.",
    "too-many-devices": "These are too many devices at once.",
    "unknown-field": "There is no such field.",
    "unknown-parameter": "There is no such parameter.",
    "unsafe-name": "The name is not safe as a file name.",
    "unsupported-media-type": "What was sent is not of the kind that is expected.",
    "upload-in-use": "This upload is being worked on already.",
    "uploads-full": "There is no room for another inspected package.",
}
"""Each code without the facts of its sentence."""

_WITH_LINES = {
    "package-refused": PROBLEM_TEXTS["package-refused"],
    **dict.fromkeys(["nothing-changed", *VerbRefusalCode], PROBLEM_TEXTS["nothing-changed"]),
}
"""Refusals of several things, which are told one by one beside the sentence."""


def problem_text(problem: Problem) -> str:
    """Why the service refused; in English its own sentence.

    Where the sentence has no form that is known here, the code is said, and the service's own sentence after it.
    """
    code, detail = problem.code, problem.detail
    exact = exact_refusal_text(code, detail)
    if exact is not None or spoken().code == SHIPPED[0]:
        return exact or detail
    if code in set(VerbRefusalCode) and problem.parameters.get("count", 1) == 1:
        return verb_refusal_text(code, problem.parameters, detail)
    if code in _WITH_LINES:
        return text(_WITH_LINES[code])
    if code not in PROBLEM_TEXTS:
        return detail
    return text("{sentence} The service says: {detail}", sentence=text(PROBLEM_TEXTS[code]), detail=detail)


def refusal_text(code: str, detail: str) -> str:
    """A refusal as a line of a list, or one of this program's own: as it was said where its form is not known."""
    if code in set(SignInCause):
        return sign_in_text(SignInCause(code), detail)
    return exact_refusal_text(code, detail) or detail


def sentence_of(failure: BaseException) -> str:
    """What a person reads of a failure, whatever it is."""
    if isinstance(failure, Refusal):
        return refusal_text(failure.code, failure.sentence)
    return text(
        "Something unexpected happened: {name}. Please copy the details and report them.", name=type(failure).__name__
    )


def exact_refusal_text(code: str, detail: str) -> str | None:
    """The sentence with all its facts; None where its form is not known, or where it is English that is wanted."""
    found = None if spoken().code == SHIPPED[0] else taken_apart(REFUSAL_SENTENCES.get(code, ()), detail)
    if found is None:
        return None
    form, facts = found
    return text(form, **{name: _shown(name, value) for name, value in facts.items()})


def _shown(name: str, value: str) -> str:
    if name in NUMBERS and value.isascii() and value.isdigit():
        return number_text(int(value))
    if name == "problem":
        return exact_refusal_text("invalid-identifier", value) or one_line(value)
    return text_of(ROLE_TEXTS, value) if name == "role" else one_line(value)
