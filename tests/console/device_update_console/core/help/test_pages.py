"""The help is whole: everything has its page, every page is in the contents, and no link of any language is broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.house.source_texts import source_texts

from device_update_console.core.help.pages import CHAPTERS, FIRST, FOLDER, HelpPage, find_in_help, help_page, help_pages
from device_update_console.core.help.topics import DIALOG_TOPICS, VERB_TOPICS, help_for, link_of
from device_update_console.core.sheets.server_properties import HEALTH_CHECK_TEXTS
from device_update_console.core.texts.code_texts import STATUS_TEXTS
from device_update_console.core.texts.language import SHIPPED, choose, language_of, text
from device_update_console.core.verbs.offered_verbs import DEFINITIONS, Verb
from device_update_console.core.window.node_links import HelpLink
from device_update_console.core.window.scope_tree import NODES, NodeKind
from device_update_contract.reasons import StatusCode
from device_update_contract.settings import SETTINGS

NAMES = [name for chapter in CHAPTERS for name in chapter.pages]
TABLES = re.compile(r"^\{\{\w+\}\}$", re.MULTILINE)
OF_QT = {"en": {"Yes", "No", "OK", "Apply", "Cancel"}, "de": {"Ja", "Nein", "OK", "Anwenden", "Abbrechen"}}
"""What Qt calls its own buttons."""
STEP = re.compile(r"^\d\. \*\*[^*]+\*\*", re.MULTILINE)
EACH_LANGUAGE = pytest.mark.parametrize("spoken", SHIPPED, indirect=True)


@pytest.fixture
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    """The language that the program speaks during a test."""
    code: str = getattr(request, "param", "en")
    choose(language_of(code))
    yield code
    choose(language_of("en"))


def _leads_somewhere(link: HelpLink) -> bool:
    return link.page in NAMES and (not link.place or link.place in help_page(link.page).places)


def _targets(page: HelpPage) -> list[HelpLink]:
    return [link_of(link.replace(".md", "", 1)) for link in page.links]


def test_the_contents_name_every_page_once_and_no_other() -> None:
    assert sorted(NAMES) == sorted(path.stem for path in FOLDER.glob("*.md"))
    with pytest.raises(KeyError):
        help_page("no-such-page")


@EACH_LANGUAGE
def test_every_page_has_a_title_of_its_own_and_its_text(spoken: str) -> None:
    pages = list(help_pages())
    assert len({page.title for page in pages}) == len(pages)
    assert all(page.text.startswith("# ") and len(page.words.split()) > 20 for page in pages)
    assert [page.name for page in pages if "{{" in page.text or "}}" in page.text] == []


@EACH_LANGUAGE
def test_no_link_is_broken_and_none_leaves_the_help(spoken: str) -> None:
    broken = [
        (page.name, link)
        for page in help_pages()
        for link, target in zip(page.links, _targets(page), strict=True)
        if not re.fullmatch(r"[a-z-]+\.md(?:#[a-z0-9-]+)?", link) or not _leads_somewhere(target)
    ]
    assert broken == []


def test_every_page_is_led_to_by_another_one() -> None:
    linked = {target.page for page in help_pages() for target in _targets(page) if target.page != page.name}
    assert set(NAMES) - linked - {FIRST, "keyboard-shortcuts", "working-with-lists"} == set()


@pytest.mark.parametrize(
    "translation", sorted(FOLDER.glob("*/*.md")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_a_translation_has_the_places_links_and_tables_of_its_source(translation: Path) -> None:
    source, said = (
        HelpPage(translation.stem, path.read_text(encoding="utf-8"))
        for path in (FOLDER / translation.name, translation)
    )
    assert translation.parent.name in SHIPPED
    assert said.places == source.places
    assert sorted(said.links) == sorted(source.links)
    assert re.findall(r"^\{\{\w+\}\}$", said.text, re.MULTILINE) == re.findall(
        r"^\{\{\w+\}\}$", source.text, re.MULTILINE
    )
    for mark in ("\n## ", "\n### ", "\n| ---", "\n1. ", "\n* ", "\n```"):
        assert said.text.count(mark) == source.text.count(mark), mark


@pytest.mark.parametrize("node", NodeKind)
def test_every_node_has_its_page(node: NodeKind) -> None:
    assert _leads_somewhere(help_for(node, []))


@pytest.mark.parametrize("node", [node for node in NodeKind if node is not NodeKind.SAVED_FILTER])
def test_the_page_of_a_node_is_called_as_it_is(node: NodeKind) -> None:
    if NODES[node].parent is NodeKind.SERVER:
        assert help_page(help_for(node, []).page).title == NODES[node].title


@EACH_LANGUAGE
def test_every_status_of_a_device_is_explained_under_its_name(spoken: str) -> None:
    assert _headings("device-statuses") == {status.value: text(STATUS_TEXTS[status]) for status in StatusCode}


@EACH_LANGUAGE
def test_every_health_check_is_explained_under_its_name(spoken: str) -> None:
    explained = _headings("health")
    assert explained.pop("more")
    assert explained == {check: text(name) for check, name in HEALTH_CHECK_TEXTS.items()}


def _headings(page: str) -> dict[str, str]:
    """The headings of a page by their codes."""
    return {code: title for title, code in re.findall(r"^#+ (.*) \(`(.*)`\)$", help_page(page).text, re.MULTILINE)}


@pytest.mark.parametrize("verb", [verb for verb in Verb if DEFINITIONS[verb].title.endswith("...")])
def test_every_verb_that_asks_for_more_has_its_page(verb: Verb) -> None:
    assert verb in VERB_TOPICS


def test_every_topic_of_verbs_and_dialogs_is_a_page_and_a_place_on_it() -> None:
    topics = {*VERB_TOPICS.values(), *DIALOG_TOPICS.values()}
    assert [topic for topic in sorted(topics) if not _leads_somewhere(link_of(topic))] == []


@EACH_LANGUAGE
def test_every_shortcut_is_in_the_table_of_shortcuts(spoken: str) -> None:
    page = help_page("keyboard-shortcuts").text
    keys = {each.shortcut.replace("Return", "Enter") for each in DEFINITIONS.values() if each.shortcut}
    assert {each for each in keys if f"| {each} |" not in page} == set()


@EACH_LANGUAGE
def test_every_setting_is_in_the_table_of_settings_and_no_page_names_another(spoken: str) -> None:
    page = help_page("settings").text
    assert {name for name in SETTINGS if f"| `{name}` |" not in page} == set()
    named = {name for page in help_pages() for name in re.findall(r"\*([a-z]+(?:_[a-z]+)+)\*", page.text)}
    assert named - set(SETTINGS) == set()


@EACH_LANGUAGE
def test_what_pages_name_in_bold_is_called_so_in_the_window(spoken: str) -> None:
    """A verb that is renamed is renamed in the help too; a step of a list begins with words of its own."""
    called = {_plain(text(form)) for source in source_texts() for form in source.forms} | OF_QT[spoken]
    named = {
        (page.name, phrase)
        for page in help_pages()
        for phrase in re.findall(r"\*\*([^*]+)\*\*", STEP.sub("", page.text))
        if _plain(phrase) not in called
    }
    assert named == set()


def _plain(title: str) -> str:
    return title.replace("&", "").rstrip(".")


@pytest.mark.usefixtures("spoken")
def test_a_search_finds_pages_with_all_words_and_those_about_them_first() -> None:
    found = find_in_help("ROLL back")
    assert found[0].page.name == "rolling-back"
    assert "deployed-updates" in {each.page.name for each in found}
    assert all("roll" in each.page.text.casefold() for each in found)
    assert "Roll Back" in next(each.excerpt for each in found if each.page.name == "deployed-updates")
    assert find_in_help("roll zebra") == []
    assert find_in_help("   ") == []
