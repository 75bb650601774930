"""The single faults within a refusal: errors, findings of a package, rules that a verb did not change."""

from __future__ import annotations

from pydantic import Field, ValidationError

from device_update_console.core.texts.code_texts import SEVERITY_TEXTS, text_of
from device_update_console.core.texts.language import text
from device_update_console.core.texts.problem_texts import refusal_text
from device_update_console.core.texts.service_sentences import FindingLike, finding_sentence, verb_refusal_text
from device_update_contract.administration.packages import FindingModel
from device_update_contract.administration.problems import Problem
from device_update_contract.administration.rules import RefusedRule


class _Details(Problem):
    """A problem with what some routes add to it (contract sections 2.1 and 5)."""

    findings: list[FindingModel] = Field(default_factory=list)
    refused: list[RefusedRule] = Field(default_factory=list)


def details_of(body: bytes | None) -> list[str]:
    """The sentences within a refusal's body, each once; none where it is not of that form."""
    if body is None:
        return []
    try:
        details = _Details.model_validate_json(body)
    except ValidationError:
        return []
    lines = [finding_text(finding) for finding in details.findings]
    lines += [refused_rule_text(refused) for refused in details.refused]
    lines += [
        f"{refusal_text(error.code, error.detail)} ({error.code})"
        for error in details.errors or []
        if error.detail != details.detail
    ]
    return list(dict.fromkeys(lines))


def findings_of(body: bytes | None) -> list[FindingModel]:
    """The findings for which a package was refused; they come as errors whose parameters hold the severity."""
    try:
        errors = Problem.model_validate_json(body or b"").errors or []
    except ValidationError:
        return []
    return [
        FindingModel(
            code=error.code, severity=error.parameters["severity"], text=error.detail, parameters=error.parameters
        )
        for error in errors
        if error.parameters.get("severity") in {"error", "warning"}
    ]


def finding_text(finding: FindingLike) -> str:
    """A finding as one line for a terminal: severity, code, sentence."""
    return f"{finding.severity} {finding.code}: {finding.text}"


def finding_line(finding: FindingLike) -> str:
    """A finding for a window, where nobody needs its code."""
    return f"{text_of(SEVERITY_TEXTS, finding.severity)}: {finding_sentence(finding)}"


def refused_rule_text(refused: RefusedRule) -> str:
    """A rule that a verb did not change, as one line."""
    sentence = verb_refusal_text(refused.code, refused.parameters, refused.detail)
    return text("Rule {id}: {sentence} ({code})", id=refused.id, sentence=sentence, code=refused.code)
