"""The one exception by which reading a package ends early; it always becomes a finding."""

from __future__ import annotations

from device_update_contract.findings import FindingCode, Parameter

THE_PACKAGE = "The package"


class UnreadablePackage(Exception):
    """The package, or a cabinet inside it, cannot be read any further."""

    def __init__(self, code: FindingCode, **parameters: Parameter) -> None:
        super().__init__(code, parameters)
        self.code = code
        self.parameters = parameters


def damaged(where: str, problem: str) -> UnreadablePackage:
    """The bytes contradict themselves or end too early."""
    return UnreadablePackage(FindingCode.DAMAGED_CABINET, where=where, problem=problem)


def unsupported(where: str, problem: str) -> UnreadablePackage:
    """A sound cabinet of a kind that is not read."""
    return UnreadablePackage(FindingCode.UNSUPPORTED_COMPRESSION, where=where, problem=problem)
