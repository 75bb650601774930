"""What needs attention, one line each, the worst first: what is so, and where it is seen to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from device_update_console.core.help.pages import FIRST
from device_update_console.core.overview_and_reports.overview import Overview
from device_update_console.core.sheets.server_properties import HEALTH_CHECK_TEXTS
from device_update_console.core.texts.code_texts import REFUSAL_KIND_TEXTS, text_of
from device_update_console.core.texts.formats import one_line, rule_label
from device_update_console.core.texts.health_texts import health_text
from device_update_console.core.texts.language import counted_text, marked_counted, text
from device_update_console.core.window.node_links import HelpLink, Link, NodeLink
from device_update_console.core.window.scope_tree import NODES, NodeKind
from device_update_contract.administration.rules import Rule
from device_update_contract.administration.server import HealthAnswer, ServerAnswer, SummaryAnswer
from device_update_contract.reasons import StatusCode

FAILURE, WARNING, INFORMATION, ALL_WELL = "failure", "warning", "information", "approve"
"""Names of pictures."""

_SIGN_IN = "-sign-in"
"""The kinds of refusals that end so are refused sign-ins, which have a list of their own."""


@dataclass(frozen=True, slots=True)
class Attention:
    """One line; ``icon`` names a picture, and ``action`` says where the link leads."""

    icon: str
    sentence: str
    action: str = ""
    link: Link | None = None


_DEVICES: tuple[tuple[StatusCode, str, tuple[str, str]], ...] = (
    (
        StatusCode.INSTALL_FAILED,
        FAILURE,
        marked_counted("{count} device failed to install an update.", "{count} devices failed to install an update."),
    ),
    (
        StatusCode.INSTALL_LOOP,
        FAILURE,
        marked_counted(
            "{count} device fetches the same update again and again.",
            "{count} devices fetch the same update again and again.",
        ),
    ),
    (
        StatusCode.DOWNLOADED_NOT_INSTALLED,
        WARNING,
        marked_counted(
            "{count} device has fetched its update and has not installed it.",
            "{count} devices have fetched their update and have not installed it.",
        ),
    ),
    (
        StatusCode.DOWNLOAD_STALLED,
        WARNING,
        marked_counted("The download of {count} device has stopped.", "The downloads of {count} devices have stopped."),
    ),
    (
        StatusCode.SILENT,
        WARNING,
        marked_counted(
            "{count} device is silent: it should have asked long ago.",
            "{count} devices are silent: they should have asked long ago.",
        ),
    ),
)
"""What is told of devices that somebody should look at, the worst first."""

_UNSERVED: tuple[tuple[StatusCode, tuple[str, str]], ...] = (
    (
        StatusCode.NOTHING_APPROVED,
        marked_counted(
            "{count} device waits until a version is approved for it.",
            "{count} devices wait until a version is approved for them.",
        ),
    ),
    (
        StatusCode.NO_RULE,
        marked_counted(
            "There is no update for the class of {count} device.",
            "There is no update for the classes of {count} devices.",
        ),
    ),
)
"""What is told of devices that get nothing."""


def attention_lines(overview: Overview) -> list[Attention]:
    """All lines; when nothing needs attention, the one that says so."""
    lines = [
        *_health(overview.health),
        *_devices(overview.summary),
        *_pending(overview),
        *_refused(overview.summary),
        *_unserved(overview.summary),
        *_beginning(overview.server),
    ]
    return lines or [Attention(ALL_WELL, text("Nothing needs attention."))]


def _health(health: HealthAnswer) -> Iterator[Attention]:
    for status, icon in (("failing", FAILURE), ("degraded", WARNING)):
        for check in health.checks:
            if check.status == status:
                name = text(text_of(HEALTH_CHECK_TEXTS, check.name))
                sentence = one_line(text("{what}: {sentence}", what=name, sentence=health_text(check)))
                yield Attention(icon, sentence, text("What to do"), HelpLink("health", check.name))


def _devices(summary: SummaryAnswer) -> Iterator[Attention]:
    counts = _by_status(summary)
    for status, icon, (one, many) in _DEVICES:
        if counts.get(status):
            yield Attention(icon, counted_text(one, many, counts[status]), text("Show devices"), _with_status(status))


def _unserved(summary: SummaryAnswer) -> Iterator[Attention]:
    counts = _by_status(summary)
    for status, (one, many) in _UNSERVED:
        if counts.get(status):
            sentence = counted_text(one, many, counts[status])
            yield Attention(INFORMATION, sentence, text("Show devices"), _with_status(status))


def _beginning(server: ServerAnswer) -> Iterator[Attention]:
    """Whoever has just installed a service is told where to begin."""
    if not server.counts.devices and not server.counts.packages:
        sentence = text("Nothing was uploaded yet, and no device has asked.")
        yield Attention(INFORMATION, sentence, text("First steps"), HelpLink(FIRST))


def _by_status(summary: SummaryAnswer) -> Mapping[str, int]:
    return {row.status: row.devices for row in summary.by_status if row.status is not None}


def _with_status(status: StatusCode) -> NodeLink:
    return NodeLink(NodeKind.DEVICES, (("status", status.value),))


def _pending(overview: Overview) -> Iterator[Attention]:
    """The newest pending updates, and how many more there are."""
    icon = NODES[NodeKind.PENDING_UPDATES].icon
    shown = overview.pending.items
    for rule in shown:
        if rule.pending is not None:
            yield Attention(icon, _pending_text(rule, rule.pending.version), text("Show update"), _rule_link(rule))
    more = (overview.pending.total or overview.pending.total_at_least) - len(shown)
    if more > 0:
        sentence = counted_text(
            "{count} more update waits for approval.", "{count} more updates wait for approval.", more
        )
        yield Attention(icon, sentence, text("Show updates"), NodeLink(NodeKind.PENDING_UPDATES))


def _pending_text(rule: Rule, version: str) -> str:
    test = rule.pending_test
    waits = text("{rule} {version} waits for approval", rule=rule_label(rule), version=version)
    if not test.devices:
        return text("{waits}; no test device is of this class.", waits=waits)
    installed = counted_text(
        "{waits}; {installed:,} of {count} test device has installed it.",
        "{waits}; {installed:,} of {count} test devices have installed it.",
        test.devices,
        waits=waits,
        installed=test.installed,
    )
    if not test.failed:
        return installed
    failed = counted_text("On {count} it failed.", "On {count} it failed.", test.failed)
    return text("{installed} {failed}", installed=installed, failed=failed)


def _rule_link(rule: Rule) -> NodeLink:
    names = ("device_type", "brand", "model", "revision", "locale", "update_type")
    return NodeLink(NodeKind.PENDING_UPDATES, tuple((name, str(getattr(rule, name))) for name in names))


def _refused(summary: SummaryAnswer) -> Iterator[Attention]:
    """What was turned away in the last day; the lists show the same rows when they are filtered so."""
    if summary.refused_since is None:
        return
    since = ("since", summary.refused_since.astimezone().replace(tzinfo=None).isoformat(timespec="minutes"))
    sign_ins = 0
    for row in summary.refused:
        if row.kind.endswith(_SIGN_IN):
            sign_ins += row.refused
            continue
        sentence = counted_text(
            "{count} request was refused in the last 24 hours ({kind}).",
            "{count} requests were refused in the last 24 hours ({kind}).",
            row.refused,
            kind=text(text_of(REFUSAL_KIND_TEXTS, row.kind)),
        )
        link = NodeLink(NodeKind.REFUSED_REQUESTS, (("kind", row.kind), since))
        yield Attention(NODES[NodeKind.REFUSED_REQUESTS].icon, sentence, text("Show requests"), link)
    if sign_ins:
        sentence = counted_text(
            "{count} sign-in was refused in the last 24 hours.",
            "{count} sign-ins were refused in the last 24 hours.",
            sign_ins,
        )
        link = NodeLink(NodeKind.SIGN_INS, (since,))
        yield Attention(NODES[NodeKind.SIGN_INS].icon, sentence, text("Show sign-ins"), link)
