"""Menus are complete, tidy, and clear to the keyboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.texts.language import SHIPPED, language_of
from device_update_console.core.texts.mnemonics import mnemonic_of
from device_update_console.core.verbs import menus
from device_update_console.core.verbs.menus import Entry, Menu, shown_entries, verbs_of
from device_update_console.core.verbs.offered_verbs import DEFINITIONS, Selection, Verb, verbs_for
from device_update_console.core.window.scope_tree import NodeKind
from device_update_contract.administration.roles import PERMISSIONS, Permission, Role
from device_update_service.usecases.server_state import FEATURES

EACH_NODE = pytest.mark.parametrize("node", NodeKind, ids=str)
FLAT = {
    "toolbar": menus.TOOLBAR,
    "item": menus.ITEM_CONTEXT_MENU,
    "node": menus.NODE_CONTEXT_MENU,
    "node actions": menus.NODE_ACTIONS,
    "item actions": menus.ITEM_ACTIONS,
    "header": menus.HEADER_CONTEXT_MENU,
}


def menus_within(entries: tuple[Entry, ...]) -> Iterator[tuple[Entry, ...]]:
    """A menu's entries and those of its submenus."""
    yield entries
    for entry in entries:
        if isinstance(entry, Menu):
            yield from menus_within(entry.entries)


def all_menus() -> list[tuple[Entry, ...]]:
    bars = [inner for menu in menus.MENU_BAR for inner in menus_within(menu.entries)]
    return [*bars, *(tuple(entries) for entries in FLAT.values())]


def offered_at(node: NodeKind, role: Role = Role.ADMINISTRATOR) -> set[Verb]:
    return {offer.verb for offer in verbs_for(node, Selection(), PERMISSIONS[role], FEATURES)}


def test_every_verb_is_in_the_menu_bar_exactly_once() -> None:
    counted = Counter(verb for menu in menus.MENU_BAR for verb in verbs_of(menu.entries))
    assert set(counted) == set(Verb)
    assert set(counted.values()) == {1}


def test_nothing_stands_twice_in_a_menu() -> None:
    for entries in all_menus():
        verbs = verbs_of(entries)
        assert len(set(verbs)) == len(verbs)


@EACH_NODE
def test_no_two_verbs_that_are_offered_together_share_a_shortcut(node: NodeKind) -> None:
    shortcuts = [DEFINITIONS[verb].shortcut for verb in offered_at(node)]
    twice = {key for key, count in Counter(key for key in shortcuts if key).items() if count > 1}
    assert not twice


@EACH_NODE
@pytest.mark.parametrize("language", SHIPPED)
def test_no_two_entries_that_are_shown_together_share_a_mnemonic(node: NodeKind, language: str) -> None:
    translated = language_of(language).catalogue.gettext
    shown = shown_entries(menus.MENU_BAR, offered_at(node))
    context = [shown_entries(menus.ITEM_CONTEXT_MENU, offered_at(node))]
    context += [shown_entries(menus.NODE_CONTEXT_MENU, offered_at(node))]
    for entries in [*menus_within(shown), *context]:
        titles = [entry.title if isinstance(entry, Menu) else DEFINITIONS[entry].title for entry in entries if entry]
        by_letter = Counter(mnemonic_of(translated(title)) for title in titles)
        assert max(by_letter.values(), default=1) == 1, (titles, by_letter)


@EACH_NODE
@pytest.mark.parametrize("entries", FLAT.values(), ids=FLAT)
def test_help_desk_meets_nothing_in_any_menu_that_it_may_not_use(entries: tuple[Entry, ...], node: NodeKind) -> None:
    for verb in verbs_of(shown_entries(entries, offered_at(node, Role.HELP_DESK))):
        permission = DEFINITIONS[verb].permission
        assert permission is None or permission in PERMISSIONS[Role.HELP_DESK]


@given(st.sets(st.sampled_from(Verb)))
def test_what_is_shown_has_no_empty_menu_and_no_separator_without_purpose(offered: set[Verb]) -> None:
    for entries in [menus.MENU_BAR, *all_menus()]:
        shown = shown_entries(entries, offered)
        assert set(verbs_of(shown)) == set(verbs_of(entries)) & offered
        for inner in menus_within(shown):
            assert inner[:1] != (None,)
            assert inner[-1:] != (None,)
            assert all(pair != (None, None) for pair in pairwise(inner))
            assert all(entry.entries for entry in inner if isinstance(entry, Menu))


def test_every_item_of_a_list_has_a_default_verb_that_everybody_may_use() -> None:
    assert set(menus.DEFAULT_VERBS) == set(LISTS)
    for node, verb in menus.DEFAULT_VERBS.items():
        assert verb in {
            offer.verb for offer in verbs_for(node, Selection(), {Permission.READ}, FEATURES)
        }  # fmt: skip


def test_checkable_verbs_are_no_entry_of_an_actions_pane() -> None:
    """The pane has links only."""
    for verb in (*verbs_of(menus.NODE_ACTIONS), *verbs_of(menus.ITEM_ACTIONS)):
        assert not DEFINITIONS[verb].checkable
