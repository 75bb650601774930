"""Approve, reject, roll back and remove: what they ask, and what they say (contract sections 2.1 and 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Unpack

import click

from device_update_console.cli.exit_codes import ExitCode
from device_update_console.cli.invocation import (
    Invocation,
    Outcome,
    ask,
    require_somebody_to_ask,
    with_invocation,
)
from device_update_console.cli.output import Columns, complain, print_table, say
from device_update_console.cli.rule_filters import RuleFilters, given_filters, rule_filter_options
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.connections.replies import Reply
from device_update_console.core.sheets.refusal_details import refused_rule_text
from device_update_console.core.texts.formats import counted, rule_label, size_text
from device_update_console.core.verbs.rule_confirmations import MOST_NAMED_RULES
from device_update_contract.administration.endpoints import (
    APPROVE_RULES,
    REJECT_RULES,
    REMOVE_RULES,
    ROLL_BACK_RULES,
    Endpoint,
)
from device_update_contract.administration.rules import (
    Rule,
    RuleFilter,
    RulePreview,
    RuleReference,
    RuleVerbAnswer,
    RuleVerbRequest,
)


@dataclass(frozen=True, slots=True)
class _Verb:
    """One verb: its route, whether it takes something away, and its words."""

    endpoint: Endpoint
    takes_away: bool
    question: str
    done: Callable[[Rule], str]


def _approved(rule: Rule) -> str:
    return "nothing" if rule.approved is None else rule.approved.version


_APPROVE = _Verb(
    APPROVE_RULES,
    takes_away=False,
    question="Approve",
    done=lambda rule: f"approved {_approved(rule)}",
)
_REJECT = _Verb(
    REJECT_RULES,
    takes_away=True,
    question="Reject the pending version of",
    done=lambda rule: f"rejected the pending version; approved is {_approved(rule)}",
)
_ROLL_BACK = _Verb(
    ROLL_BACK_RULES,
    takes_away=True,
    question="Roll back",
    done=lambda rule: f"rolled back to {_approved(rule)}",
)
_REMOVE = _Verb(
    REMOVE_RULES,
    takes_away=True,
    question="Remove",
    done=lambda rule: "removed; nothing is offered any more, nothing is uninstalled",
)
_PREVIEW: Columns[RulePreview] = (
    ("Rule", lambda preview: preview.rule.id),
    ("For", lambda preview: rule_label(preview.rule)),
    ("Version", lambda preview: preview.version),
    ("Devices affected", lambda preview: preview.devices_affected),
    ("Downgrades", lambda preview: preview.downgrades),
    ("Download in all", lambda preview: size_text(preview.bytes)),
)


@dataclass(frozen=True, slots=True)
class _Order:
    """What a verb is to be done on, and how."""

    identifiers: tuple[str, ...]
    filters: dict[str, object]
    comment: str | None
    version: str | None

    def request(self, *, preview: bool = False) -> RuleVerbRequest:
        """The request, unchecked: the service judges comments, versions and counts."""
        fields: dict[str, object] = {}
        if self.identifiers:
            fields["rules"] = [RuleReference.model_construct(id=each) for each in self.identifiers]
        else:
            fields["filter"] = RuleFilter.model_construct(**self.filters)  # type: ignore[arg-type]
        return self._completed(fields, preview=preview)

    def request_for(self, answer: RuleVerbAnswer) -> RuleVerbRequest:
        """The request for exactly what was shown: a rule that has changed since is refused.

        More rules than one request may name are meant by their filter, and refused when more match than were shown.
        """
        previews = answer.preview or []
        if len(previews) > MOST_NAMED_RULES and self.filters:
            seen = len(previews) + len(answer.refused)
            return self._completed(
                {"filter": RuleFilter.model_construct(**self.filters), "expected_count": seen},  # type: ignore[arg-type]
                preview=False,
            )
        references = [
            RuleReference.model_construct(id=each.rule.id, change_number=each.rule.change_number) for each in previews
        ]
        return self._completed({"rules": references}, preview=False)

    def _completed(self, fields: dict[str, object], *, preview: bool) -> RuleVerbRequest:
        optional = {"comment": self.comment, "version": self.version, "preview": preview or None}
        fields |= {name: value for name, value in optional.items() if value is not None}
        return RuleVerbRequest.model_construct(**fields)  # type: ignore[arg-type]


async def _do(invocation: Invocation, verb: _Verb, order: _Order, *, what_if: bool, yes: bool) -> Outcome:
    if bool(order.identifiers) == bool(order.filters):
        raise click.UsageError("Name rules by their IDs, or by filters such as --model; one of the two.")
    if verb.takes_away and not (what_if or yes):
        require_somebody_to_ask(invocation)
    async with invocation.connected() as client:
        if what_if:
            return _shown_preview(invocation, await client.call(verb.endpoint, body=order.request(preview=True)))
        if yes:
            reply = await client.call(verb.endpoint, body=order.request())
            return _shown(invocation, verb, reply)
        return await _asked_first(invocation, client, verb, order)


async def _asked_first(invocation: Invocation, client: AdministrationClient, verb: _Verb, order: _Order) -> Outcome:
    answer = await client.ask(verb.endpoint, RuleVerbAnswer, body=order.request(preview=True))
    previews = answer.preview or []
    untested = [each for each in previews if each.rule.pending_test.installed == 0]
    if previews and (verb.takes_away or untested):
        _require_somebody_to_ask_about(invocation, verb, untested)
        _print_preview_to_ask(previews, [] if verb.takes_away else untested)
        ask(invocation, f"{verb.question} {counted(len(previews), 'rule')}?")
    if not previews:
        _complain_of(answer)
        if not answer.refused:
            say("There are no such rules.")
        return ExitCode.REFUSED if answer.refused else ExitCode.DONE
    outcome = _shown(invocation, verb, await client.call(verb.endpoint, body=order.request_for(answer)))
    _complain_of(answer)
    return ExitCode.REFUSED if answer.refused else outcome


def _require_somebody_to_ask_about(invocation: Invocation, verb: _Verb, untested: list[RulePreview]) -> None:
    """Say which approvals have to be asked about before refusing them where nobody can answer."""
    if not verb.takes_away and not invocation.on_terminal:
        for each in untested:
            complain(f"No test device has installed {each.version} for {rule_label(each.rule)} (rule {each.rule.id}).")
        require_somebody_to_ask(invocation)


def _print_preview_to_ask(previews: list[RulePreview], untested: list[RulePreview]) -> None:
    for each in previews:
        complain(
            f"Rule {each.rule.id}, {rule_label(each.rule)}, version {each.version or '-'}: "
            f"{counted(each.devices_affected, 'device')} affected, {counted(each.downgrades, 'downgrade')}, "
            f"{size_text(each.bytes)} to download."
        )
        for notice in each.notices:
            complain(f"  {notice.text}")
    for each in untested:
        complain(f"No test device has installed {each.version} for {rule_label(each.rule)} (rule {each.rule.id}).")


def _shown_preview(invocation: Invocation, reply: Reply) -> Outcome:
    answer = reply.read(RuleVerbAnswer)
    previews = answer.preview or []

    def describe() -> None:
        print_table(_PREVIEW, previews)
        for each in previews:
            for notice in each.notices:
                say(f"Rule {each.rule.id}: {notice.text}")
        say(f"Nothing was changed; {counted(len(previews), 'rule')} would be.")

    invocation.show(reply, describe)
    _complain_of(answer)
    return ExitCode.REFUSED if answer.refused else ExitCode.DONE


def _shown(invocation: Invocation, verb: _Verb, reply: Reply) -> Outcome:
    answer = reply.read(RuleVerbAnswer)

    def describe() -> None:
        for rule in answer.changed:
            say(f"Rule {rule.id}, {rule_label(rule)}: {verb.done(rule)}.")
        for notice in answer.notices:
            say(f"{notice.rule}: {notice.text}")
        if not answer.changed and not answer.refused:
            say("Nothing was changed.")

    invocation.show(reply, describe)
    _complain_of(answer)
    return ExitCode.REFUSED if answer.refused else ExitCode.DONE


def _complain_of(answer: RuleVerbAnswer) -> None:
    for refused in answer.refused:
        complain(refused_rule_text(refused))


_OPTIONS = (
    click.argument("identifiers", metavar="[ID]...", nargs=-1),
    rule_filter_options,
    click.option("--comment", metavar="TEXT", help="Why; kept in the rule's history."),
    click.option("--what-if", is_flag=True, help="Show devices affected, downgrades and bytes; change nothing."),
    click.option("--yes", is_flag=True, help="Do not ask."),
)
_TO = click.option("--to", metavar="VERSION", help="The version to return to; else the one approved before.")
_ASKS = "It is asked for; where there is no terminal it needs --yes. "
_HELP = """

Rules are named by ID, or by filters. Ends with 0 only if no rule was refused."""


def _command(name: str, verb: _Verb, text: str, *own_options: Callable[[Any], Any]) -> click.Command:
    @with_invocation
    async def do(
        invocation: Invocation,
        /,
        *,
        identifiers: tuple[str, ...],
        comment: str | None,
        what_if: bool,
        yes: bool,
        to: str | None = None,
        **filters: Unpack[RuleFilters],
    ) -> Outcome:
        order = _Order(identifiers, given_filters(filters), comment, to)
        return await _do(invocation, verb, order, what_if=what_if, yes=yes)

    body: Callable[..., Any] = do
    for option in reversed((*own_options, *_OPTIONS)):
        body = option(body)
    return click.command(name, help=text + _HELP)(body)


COMMANDS = (
    _command(
        "approve",
        _APPROVE,
        "Give the pending version to all devices of a rule.\n\n"
        "A version that no test device has installed is asked about; where there is no terminal it needs --yes.",
    ),
    _command("reject", _REJECT, f"Drop the pending version of a rule.\n\nIts files stop at once. {_ASKS}"),
    _command(
        "rollback",
        _ROLL_BACK,
        "Return to the version approved before.\n\nWith --to it is any version that was approved once and is still "
        f"stored. Devices are offered it although it is older. {_ASKS}",
        _TO,
    ),
    _command(
        "remove",
        _REMOVE,
        f"Stop offering anything for a rule.\n\nNothing is uninstalled, and its history stays. {_ASKS}",
    ),
)
