"""Reading what can be rolled back to."""

from __future__ import annotations

from device_update_console.core.lists.source import Caller
from device_update_console.core.verbs.rule_history import RollBackChoice, roll_back_choices
from device_update_contract.administration.base import Page, PageQuery
from device_update_contract.administration.endpoints import RULE_HISTORY, SHOW_RULE
from device_update_contract.administration.rules import Rule, RuleHistoryEntry

_PAGE = 1000
_MOST_PAGES = 10


async def read_roll_back_choices(caller: Caller, rule_id: str) -> list[RollBackChoice]:
    """The versions of a rule as it is now, from the newest 10,000 entries of its history.

    Raises:
        FailedCall.
    """
    rule = await caller.ask(SHOW_RULE, Rule, path={"id": rule_id})
    entries: list[RuleHistoryEntry] = []
    query = PageQuery(limit=_PAGE)
    for _ in range(_MOST_PAGES):
        page = await caller.ask(RULE_HISTORY, Page[RuleHistoryEntry], path={"id": rule_id}, query=query)
        entries += page.items
        if page.next is None:
            break
        query = PageQuery(limit=_PAGE, after=page.next)
    return roll_back_choices(rule, entries)
