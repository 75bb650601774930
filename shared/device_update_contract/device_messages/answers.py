"""Answers to devices: writing what the service says, and reading it in the simulator (contract section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from device_update_contract.refusals import InvalidValue
from device_update_contract.versions import Version

CONTENT_TYPE: Final = "text/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class OfferedModule:
    """One image file of an offer; ``signature`` and ``timestamp`` are None where there is none."""

    file_name: str
    signature: str | None
    version: Version
    timestamp: str | None
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class OfferedUpdate:
    """Where to fetch an update's files: both base URLs are percent-encoded and without a trailing slash."""

    base_url: str
    external_base_url: str | None
    modules: tuple[OfferedModule, ...]


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """The answer to a check; ``update`` is None when there is nothing to install."""

    reason_code: str
    reason: str
    update: OfferedUpdate | None
    next_check_seconds: int


@dataclass(frozen=True, slots=True)
class StoredLogAnswer:
    """The answer to a log that was stored."""

    log_id: str


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """A refusal with its stable code and one sentence."""

    code: str
    sentence: str


class MalformedAnswer(InvalidValue):
    """What came back is not an answer of the contract."""

    code = "malformed-answer"


def _module(module: OfferedModule) -> str:
    signature = f"<SignatureFileName>{escape(module.signature)}</SignatureFileName>" if module.signature else ""
    timestamp = f"<Timestamp>{escape(module.timestamp)}</Timestamp>" if module.timestamp else ""
    return (
        f"<Module><FileName>{escape(module.file_name)}</FileName>{signature}<Version>{module.version}</Version>"
        f"{timestamp}<Size>{module.size}</Size><Sha256>{module.sha256}</Sha256></Module>"
    )


def render_before_next_check(reason_code: str, reason: str, update: OfferedUpdate | None) -> bytes:
    """All of an answer before the number of ``NextCheckSeconds``, so that it can be kept and used again."""
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n<Response><Result>',
        "NoUpdate" if update is None else "UpdateAvailable",
        f"</Result><Reason code={quoteattr(reason_code)}>{escape(reason)}</Reason>",
    ]
    if update is None:
        parts.append("<NumOfFiles>0</NumOfFiles>")
    else:
        parts.append(f"<NumOfFiles>{len(update.modules)}</NumOfFiles><BaseURL>{escape(update.base_url)}</BaseURL>")
        if update.external_base_url:
            parts.append(f"<ExternalBaseURL>{escape(update.external_base_url)}</ExternalBaseURL>")
        parts += ["<Modules>", *map(_module, update.modules), "</Modules>"]
    parts.append("<NextCheckSeconds>")
    return "".join(parts).encode()


AFTER_NEXT_CHECK: Final = b"</NextCheckSeconds></Response>"


def render_check_answer(answer: CheckAnswer) -> bytes:
    """The answer as the contract spells it, UTF-8."""
    head = render_before_next_check(answer.reason_code, answer.reason, answer.update)
    return b"%b%d%b" % (head, answer.next_check_seconds, AFTER_NEXT_CHECK)


def render_log_stored(log_id: str) -> bytes:
    """The answer to a stored log as the contract spells it, UTF-8."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<Response><Result>Stored</Result>'
        f"<LogId>{escape(log_id)}</LogId></Response>"
    ).encode()


def render_error(code: str, sentence: str) -> bytes:
    """A refusal as the contract spells it, UTF-8."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<Response><Result>Error</Result>'
        f"<Error code={quoteattr(code)}>{escape(sentence)}</Error></Response>"
    ).encode()


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def parse_check_answer(body: bytes) -> CheckAnswer | ErrorAnswer:
    """Read an answer as a device does.

    Raises:
        MalformedAnswer: when it is not XML or lacks what the contract promises.
    """
    try:
        root = etree.fromstring(body, _PARSER)
        result = _text(root, "Result")
        if result == "Error":
            return _error(root)
        reason = root.find("Reason")
        if reason is None:
            raise MalformedAnswer("The answer has no reason.")
        update = _update(root) if result == "UpdateAvailable" else None
        return CheckAnswer(reason.get("code", ""), reason.text or "", update, int(_text(root, "NextCheckSeconds")))
    except (etree.XMLSyntaxError, ValueError) as error:
        if isinstance(error, MalformedAnswer):
            raise
        raise MalformedAnswer("The answer is not one of the contract's messages.") from error


def parse_log_answer(body: bytes) -> StoredLogAnswer | ErrorAnswer:
    """Read the answer to a log as a device does.

    Raises:
        MalformedAnswer: when it is not XML or lacks what the contract promises.
    """
    try:
        root = etree.fromstring(body, _PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MalformedAnswer("The answer is not one of the contract's messages.") from error
    result = _text(root, "Result")
    if result == "Error":
        return _error(root)
    if result != "Stored":
        raise MalformedAnswer("The answer does not say whether the log was stored.")
    return StoredLogAnswer(_text(root, "LogId"))


def _error(root: etree._Element) -> ErrorAnswer:
    error = root.find("Error")
    if error is None:
        raise MalformedAnswer("The answer is an error without a cause.")
    return ErrorAnswer(error.get("code", ""), error.text or "")


def _text(element: etree._Element, name: str) -> str:
    text = element.findtext(name)
    if text is None:
        raise MalformedAnswer(f"The answer lacks {name}.")
    return text


def _update(root: etree._Element) -> OfferedUpdate:
    modules = tuple(
        OfferedModule(
            _text(element, "FileName"),
            element.findtext("SignatureFileName"),
            Version.parse(_text(element, "Version")),
            element.findtext("Timestamp"),
            int(_text(element, "Size")),
            _text(element, "Sha256"),
        )
        for element in root.iterfind("Modules/Module")
    )
    if len(modules) != int(_text(root, "NumOfFiles")):
        raise MalformedAnswer("The answer names another number of files than it lists.")
    return OfferedUpdate(_text(root, "BaseURL"), root.findtext("ExternalBaseURL"), modules)
