"""Findings of a package in the person's language: the sentence of the code, with the facts that came with it."""

from __future__ import annotations

from device_update_console.core.language import counted_text, text
from device_update_contract.administration.packages import FindingModel
from device_update_contract.findings import SENTENCES, Finding, FindingCode


def finding_sentence(finding: Finding | FindingModel) -> str:
    """The sentence; a code or a form of facts that a newer service sends is told in the service's own words."""
    try:
        sentence = text(SENTENCES[FindingCode(finding.code)], **finding.parameters)
    except (ValueError, LookupError):
        return finding.text
    left_out = finding.parameters.get("left_out")
    if not isinstance(left_out, int):
        return sentence
    more = counted_text(
        "{count} more finding of this kind is not listed.",
        "{count} more findings of this kind are not listed.",
        left_out,
    )
    return f"{sentence} {more}"
