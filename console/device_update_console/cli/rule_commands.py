"""Looking at rules."""

from __future__ import annotations

from typing import Unpack

import click

from device_update_console.cli.invocation import Invocation, Outcome, with_invocation
from device_update_console.cli.output import Columns, print_facts, print_table, say
from device_update_console.cli.rule_filters import RuleFilters, given_filters, rule_filter_options
from device_update_console.core.sheets.rule_details import files_text, tests_text
from device_update_console.core.texts.formats import moment_text, rule_label
from device_update_contract.administration.endpoints import LIST_RULES, RULE_HISTORY, SHOW_RULE
from device_update_contract.administration.rules import Rule, RuleHistoryEntry, RuleQuery, RuleVersion


def _version(slot: RuleVersion | None) -> str | None:
    return None if slot is None else slot.version


_RULES: Columns[Rule] = (
    ("ID", lambda rule: rule.id),
    ("Type", lambda rule: rule.device_type),
    ("Brand", lambda rule: rule.brand),
    ("Model", lambda rule: rule.model),
    ("Revision", lambda rule: rule.revision),
    ("Locale", lambda rule: rule.locale),
    ("Update", lambda rule: rule.update_type),
    ("State", lambda rule: rule.state),
    ("Pending", lambda rule: _version(rule.pending)),
    ("Approved", lambda rule: _version(rule.approved)),
    ("Restore", lambda rule: _version(rule.restore)),
    ("Devices", lambda rule: rule.devices_matching),
)
_SLOTS: Columns[tuple[str, RuleVersion, int]] = (
    ("Slot", lambda slot: slot[0]),
    ("Version", lambda slot: slot[1].version),
    ("Devices on it", lambda slot: slot[2]),
    ("Since", lambda slot: moment_text(slot[1].at)),
    ("By", lambda slot: slot[1].account),
    ("Files", lambda slot: files_text(slot[1])),
    ("Comment", lambda slot: slot[1].comment),
)
_HISTORY: Columns[RuleHistoryEntry] = (
    ("When", lambda entry: moment_text(entry.at)),
    ("What", lambda entry: entry.verb),
    ("Version", lambda entry: entry.version),
    ("Instead of", lambda entry: entry.replaced),
    ("By", lambda entry: entry.account),
    ("Stored", lambda entry: entry.stored),
    ("Comment", lambda entry: entry.comment),
)


@click.command()
@rule_filter_options
@with_invocation
async def rules(invocation: Invocation, **filters: Unpack[RuleFilters]) -> Outcome:
    """List the rules: what each device class gets.

    Pending waits for approval, approved is given to all devices, restore is what a roll back returns to.
    """
    async with invocation.connected() as client:
        pages = client.pages(LIST_RULES, query=RuleQuery(**given_filters(filters)))
        await invocation.show_list(pages, Rule, _RULES, "There are no such rules.")
    return None


@click.command()
@click.argument("identifier", metavar="ID")
@click.option("--history", is_flag=True, help="Show what was done with the rule, newest first.")
@with_invocation
async def rule(invocation: Invocation, *, identifier: str, history: bool) -> Outcome:
    """Show one rule with its versions and their files."""
    async with invocation.connected() as client:
        if not (history and invocation.as_json):
            reply = await client.call(SHOW_RULE, path={"id": identifier})
            found = reply.read(Rule)
            invocation.show(reply, lambda: _print_rule(found))
        if history:
            if not invocation.as_json:
                say("")
            pages = client.pages(RULE_HISTORY, path={"id": identifier})
            await invocation.show_list(pages, RuleHistoryEntry, _HISTORY, "The rule has no history.")
    return None


def _print_rule(found: Rule) -> None:
    facts: list[tuple[str, object]] = [
        ("Rule", f"{found.id}, change {found.change_number}"),
        ("For", f"{found.device_type} {rule_label(found)}"),
        ("Vendor", found.vendor),
        ("State", found.state),
        ("Devices", found.devices_matching),
    ]
    if found.pending is not None:
        facts.append(("Test devices", tests_text(found)))
    print_facts(facts)
    slots = (
        ("pending", found.pending, found.devices_on_pending),
        ("approved", found.approved, found.devices_on_approved),
        ("restore", found.restore, found.devices_on_restore),
    )
    say("")
    print_table(_SLOTS, [(name, version, devices) for name, version, devices in slots if version is not None])


COMMANDS = (rules, rule)
