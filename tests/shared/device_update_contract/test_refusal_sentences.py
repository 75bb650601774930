"""Every refusal that a person can meet has one of the known forms, or is known to have none."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.refusal_sentences import NUMBERS, REFUSAL_SENTENCES
from device_update_contract.refusals import Refusal
from device_update_contract.sentence_forms import taken_apart

ROOT = Path(__file__).parents[3]
SOURCES = (
    *(f"service/device_update_service/{part}" for part in ("domain", "usecases", "storage", "web/administration")),
    *(f"service/device_update_service/{part}" for part in ("web/devices", "identity/permissions.py", "packages")),
    "shared/device_update_contract",
)
"""Where what administrators and devices ask is refused."""

OF_BACKUPS = (
    *("backup-damaged", "backup-folder-unusable", "data-folder-not-empty", "database-damaged", "file-missing"),
    *("folders-within", "half-restored", "newer-backup", "other-owner"),
)

FOR_PROGRAMS = {
    **dict.fromkeys(OF_BACKUPS, "said at a terminal, by the commands on backups"),
    "data-folder-in-use": "said at a terminal, before the service serves anybody",
    "invalid-cursor": "no person writes a cursor",
    "invalid-head": "the console checks heads itself",
    "invalid-parameter": "no person writes the API's parameters",
    "malformed-answer": "said by the simulator",
    "newer-schema": "said at a terminal, before the service serves anybody",
    "package-not-inspected": "its cause is the host's; it is told after what the code says",
    "sign-in-goes-on": "a step of a protocol",
    "unknown-parameter": "no person writes the API's parameters",
    "unreadable-entry": "the console knows its sentences one by one",
    "unsafe-name": "said as a finding of a package",
    "unsupported-media-type": "no person writes the headers of requests",
}
"""Codes whose sentences nobody takes apart, each with the reason."""

STARTS_OF_OTHERS = (
    "The body must be JSON", "A part in parts", "The body is not multipart", "The part 'file'", "The parts 'manifest'",
    "The data folder", "The database {} cannot be read", "The database cannot be opened", "The update log cannot",
    "The install report", "The search index of", "The update log's", "There is no folder {} to make", "{} is no folder",
    "The key of the stored passwords is being changed",
)  # fmt: skip
"""Of sentences that only programs cause, or that are said at a terminal."""

PUT_TOGETHER = {
    "{} {} match now, and {} were expected; look again.",
    "The setting {} must be {}.",
    "Logs {} are not stored here.",
    "None of the {} rules was changed; the first: {}",
}
"""Sentences of which a part is put in as it is, so that they have several forms."""


def test_every_form_ends_as_a_sentence_and_has_names_that_differ() -> None:
    for code, forms in REFUSAL_SENTENCES.items():
        for form in forms:
            names = [name for _, name, _, _ in string.Formatter().parse(form) if name is not None]
            assert form.endswith((".", "{problem}")), (code, form)
            assert len(set(names)) == len(names)


@given(st.sampled_from(sorted(REFUSAL_SENTENCES)), st.data())
def test_a_refusal_is_taken_apart_into_the_facts_it_was_made_of(code: str, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(REFUSAL_SENTENCES[code]))
    names = [name for _, name, _, _ in string.Formatter().parse(form) if name is not None]
    fact = {True: st.from_regex(r"[0-9]{1,6}", fullmatch=True), False: st.from_regex(r"[a-z]{1,9}", fullmatch=True)}
    facts = {name: data.draw(fact[name in NUMBERS]) for name in names}
    assert taken_apart(REFUSAL_SENTENCES[code], form.format(**facts)) == (form, facts)


def test_the_service_refuses_in_no_form_that_is_not_known() -> None:
    known = {re.sub(r"\{\w+\}", "{}", form) for forms in REFUSAL_SENTENCES.values() for form in forms}
    unknown = sorted(
        {
            f"{code}: {sentence}"
            for code, sentence in _refusals()
            if code not in FOR_PROGRAMS
            and sentence not in known | PUT_TOGETHER
            and not sentence.startswith(STARTS_OF_OTHERS)
        }
    )
    assert unknown == []


def refused_codes() -> set[str]:
    """Every code with which the service refuses something."""
    return {code for code, _ in _refusals()}


def _refusals() -> Iterator[tuple[str, str]]:
    """Code and sentence of each refusal in the sources, what is filled in as ``{}``."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for source in SOURCES for path in _modules(ROOT / source)]
    codes = {Refusal.__name__: Refusal.code}
    for _ in range(4):  # so deep are refusals derived from each other
        for tree in trees:
            codes |= dict(_codes_of_classes(tree, codes))
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from _of_call(node, codes)


def _modules(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


def _codes_of_classes(tree: ast.Module, codes: dict[str, str]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            inherited = [codes[base.id] for base in node.bases if isinstance(base, ast.Name) and base.id in codes]
            own = [
                statement.value.value
                for statement in node.body
                if isinstance(statement, ast.Assign)
                and ast.unparse(statement.targets[0]) == "code"
                and isinstance(statement.value, ast.Constant)
            ]
            if inherited:
                yield node.name, str((own or inherited)[0])


def _of_call(call: ast.Call, codes: dict[str, str]) -> Iterator[tuple[str, str]]:
    name = ast.unparse(call.func)
    if name not in codes or not call.args:
        return
    code = codes[name]
    for keyword in call.keywords:
        if keyword.arg == "code":
            code = str(keyword.value.value) if isinstance(keyword.value, ast.Constant) else ""
    for argument in call.args:
        sentence = _shape(argument)
        if sentence and code:
            yield code, sentence


def _shape(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            is_quoted = part.conversion == ord("r") or ast.unparse(part.value).startswith("quoted(")
            parts.append("'{}'" if is_quoted else "{}")
    return "".join(parts)
