"""The verbs on the items of lists, each with who carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from device_update_console.core.verb_targets import VerbTargets
from device_update_console.core.verbs import Verb
from device_update_console.qt.rule_verbs import RULE_VERBS, RuleVerbs
from device_update_console.qt.server_session import ServerSession
from device_update_console.qt.workplace import Workplace

CarryOut: TypeAlias = Callable[[Verb, ServerSession, VerbTargets], None]


class ItemVerbs:
    """Those of one window."""

    def __init__(self, place: Workplace) -> None:
        self.rules = RuleVerbs(place)

    def handlers(self) -> Mapping[Verb, CarryOut]:
        """What each verb does with what is selected."""
        return dict.fromkeys(RULE_VERBS, self.rules.carry_out)
