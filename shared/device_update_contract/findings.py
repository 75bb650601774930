"""Findings: what is wrong or remarkable about a package, each with a stable code and one sentence (contract section 4).

The package reader, the import use case and the console's package builder all report through this module, so that a
code always has the same severity and the same sentence. Standard library only: the worker that reads packages has to
start quickly.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

MAX_LISTED_PER_CODE = 100
"""Findings of one code that are listed; the last of them says how many more there were."""

_MAX_PARAMETER_TEXT = 200

Parameter = str | int


class Severity(StrEnum):
    """An error refuses the whole package, a warning is reported with it."""

    ERROR = "error"
    WARNING = "warning"


class FindingCode(StrEnum):
    """Every finding of contract section 4."""

    NOT_A_CABINET = "not-a-cabinet"
    DAMAGED_CABINET = "damaged-cabinet"
    UNSUPPORTED_COMPRESSION = "unsupported-compression"
    NO_MANIFEST = "no-manifest"
    MALFORMED_MANIFEST = "malformed-manifest"
    MISSING_FILE = "missing-file"
    UNSAFE_NAME = "unsafe-name"
    TOO_LARGE = "too-large"
    TOO_MANY_FILES = "too-many-files"
    NESTED_TOO_DEEP = "nested-too-deep"
    TOOK_TOO_LONG = "took-too-long"
    DUPLICATE_UPDATE = "duplicate-update"
    INVALID_VERSION = "invalid-version"
    VERSION_CONTENT_DIFFERS = "version-content-differs"
    SIGNATURE_INVALID = "signature-invalid"
    SIGNATURE_MISSING = "signature-missing"
    OLDER_THAN_APPROVED = "older-than-approved"
    ALREADY_APPROVED = "already-approved"
    REPLACED_PENDING = "replaced-pending"
    OVERWRITES_RTCONFIG = "overwrites-rtconfig"
    UNUSED_FILE = "unused-file"
    EMPTY_FILE = "empty-file"


WARNINGS = frozenset(
    {
        FindingCode.SIGNATURE_MISSING,
        FindingCode.OLDER_THAN_APPROVED,
        FindingCode.ALREADY_APPROVED,
        FindingCode.REPLACED_PENDING,
        FindingCode.OVERWRITES_RTCONFIG,
        FindingCode.UNUSED_FILE,
        FindingCode.EMPTY_FILE,
    }
)
"""Codes that do not refuse a package; `signature-missing` is an error only where `require_signature` is on."""

SENTENCES: Mapping[FindingCode, str] = MappingProxyType(
    {
        FindingCode.NOT_A_CABINET: "{where} is neither a cabinet (.cab) nor a self-extracting program that holds one.",
        FindingCode.DAMAGED_CABINET: "{where} is damaged: {problem}.",
        FindingCode.UNSUPPORTED_COMPRESSION: "{where} cannot be read: {problem}.",
        FindingCode.NO_MANIFEST: "The package holds no updateInfo.xml, neither at its root nor in a cabinet inside it.",
        FindingCode.MALFORMED_MANIFEST: "{manifest} cannot be used: {problem}.",
        FindingCode.MISSING_FILE: "The file {source!r}, which the manifest names for {name!r}, is not in the package.",
        FindingCode.UNSAFE_NAME: "The name {name!r} is not safe as a file name.",
        FindingCode.TOO_LARGE: "{where} is too large: {size} bytes, and at most {limit} are allowed.",
        FindingCode.TOO_MANY_FILES: "The package holds more than {limit} files.",
        FindingCode.NESTED_TOO_DEEP: (
            "The cabinet {cabinet!r} lies too deep: only one level of cabinets inside the package is opened."
        ),
        FindingCode.TOOK_TOO_LONG: "Reading the package took too long: {problem}.",
        FindingCode.DUPLICATE_UPDATE: "The update {update_type} for {device_class} is given more than once.",
        FindingCode.INVALID_VERSION: (
            "The version {version!r} is not one to four dotted decimal numbers, each below 2^32, "
            "in at most 20 characters."
        ),
        FindingCode.VERSION_CONTENT_DIFFERS: (
            "Version {version} of {update_type} for {device_class} is known with other files, "
            "and a version's content never changes."
        ),
        FindingCode.SIGNATURE_INVALID: "The signature of {name!r} is not valid: {problem}.",
        FindingCode.SIGNATURE_MISSING: "{name!r} is not signed.",
        FindingCode.OLDER_THAN_APPROVED: (
            "Version {version} of {update_type} for {device_class} is older than the approved version {approved}."
        ),
        FindingCode.ALREADY_APPROVED: (
            "Version {version} of {update_type} for {device_class} is approved already, so nothing changes for it."
        ),
        FindingCode.REPLACED_PENDING: (
            "Version {version} of {update_type} for {device_class} takes the place of the pending version {pending}."
        ),
        FindingCode.OVERWRITES_RTCONFIG: (
            "The update for {device_class} holds {name!r}, which overwrites a custom configuration file of that name."
        ),
        FindingCode.UNUSED_FILE: "The file {name!r} is in the package, but no update uses it.",
        FindingCode.EMPTY_FILE: "The file {name!r} is empty.",
    }
)
"""The English sentences; the names in braces are the parameters that `finding` takes for the code."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One error or warning about a package; `parameters` are the facts in `text`."""

    code: FindingCode
    severity: Severity
    text: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Whether it refuses the package."""
        return self.severity is Severity.ERROR


def finding(code: FindingCode, **parameters: Parameter) -> Finding:
    """Make a finding in the code's own sentence and severity.

    Texts from a package are cut at 200 characters and lose control characters, since they end up in terminals.
    Where a setting turns `signature-missing` into an error, use `dataclasses.replace` on the severity.
    """
    facts = {name: _displayable(value) for name, value in parameters.items()}
    severity = Severity.WARNING if code in WARNINGS else Severity.ERROR
    return Finding(code, severity, SENTENCES[code].format(**facts), facts)


def _displayable(value: Parameter) -> Parameter:
    if isinstance(value, int):
        return value
    shown = "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else character
        for character in value[: _MAX_PARAMETER_TEXT + 1]
    )
    return shown if len(shown) <= _MAX_PARAMETER_TEXT else shown[: _MAX_PARAMETER_TEXT - 3] + "..."


class FindingList:
    """Findings in the order they were made, at most `MAX_LISTED_PER_CODE` of each code.

    A hostile package could otherwise make the answer as large as itself. What is left out is counted and said.
    """

    def __init__(self) -> None:
        self._listed: list[Finding] = []
        self._counts: dict[FindingCode, int] = {}

    def add(self, code: FindingCode, **parameters: Parameter) -> None:
        """Add one finding; beyond the limit it is only counted."""
        count = self._counts.get(code, 0) + 1
        self._counts[code] = count
        if count <= MAX_LISTED_PER_CODE:
            self._listed.append(finding(code, **parameters))

    def __contains__(self, code: FindingCode) -> bool:
        return code in self._counts

    @property
    def error_count(self) -> int:
        """How many findings refuse the package, listed or not."""
        return sum(count for code, count in self._counts.items() if code not in WARNINGS)

    def listed(self) -> tuple[Finding, ...]:
        """Errors first, then warnings, each in the order they were found."""
        result = [self._with_count(index, listed) for index, listed in enumerate(self._listed)]
        return tuple(sorted(result, key=lambda listed: not listed.is_error))

    def _with_count(self, index: int, listed: Finding) -> Finding:
        left_out = self._counts[listed.code] - MAX_LISTED_PER_CODE
        is_last = all(later.code != listed.code for later in self._listed[index + 1 :])
        if left_out <= 0 or not is_last:
            return listed
        return replace(
            listed,
            text=f"{listed.text} {left_out} more findings of this kind are not listed.",
            parameters={**listed.parameters, "left_out": left_out},
        )
