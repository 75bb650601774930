"""Catalogues are brought in step with the sources without losing what translators wrote."""

from __future__ import annotations

import ast

import pytest
from babel.messages.catalog import Catalog
from tests.house.source_texts import SourceText, texts_of
from tests.house.translate import comment_of, forms, in_step, written

from device_update_console.core.texts.catalogue import Catalogue


def _catalogue() -> Catalog:
    catalogue = Catalog(locale="de")
    catalogue.add("Name", "Bezeichnung")
    catalogue.add("Gone", "Fort")
    catalogue.add(("{count} device", "{count} devices"), ("{count} Gerät", "{count} Geräte"))
    return catalogue


def test_new_texts_come_without_a_translation_and_those_that_are_gone_go() -> None:
    sources = [
        SourceText(("New",), "b.py", 1),
        SourceText(("Name",), "a.py", 2),
        SourceText(("{count} device", "{count} devices"), "a.py", 3),
        SourceText(("Name",), "b.py", 4),
    ]
    updated = in_step(_catalogue(), sources)
    assert {forms(message.id): forms(message.string) for message in updated if message.id} == {
        ("New",): ("",),
        ("Name",): ("Bezeichnung",),
        ("{count} device", "{count} devices"): ("{count} Gerät", "{count} Geräte"),
    }
    read = Catalogue(written(updated).decode())
    assert [read.gettext(source) for source in ("Name", "New", "Gone")] == ["Bezeichnung", "New", "Gone"]
    assert b"#: a.py b.py" in written(updated)


def test_a_text_that_is_counted_now_is_translated_anew() -> None:
    updated = in_step(_catalogue(), [SourceText(("Name", "Names"), "a.py", 1)])
    assert not any(forms(updated["Name"].string))


def test_what_translators_note_on_top_is_kept() -> None:
    assert "Words, as Microsoft's consoles use them" in comment_of("de")
    assert comment_of("xx").startswith("# ")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('text("A {b}.", b=text("c"))', [("A {b}.",), ("c",)]),
        ('counted_text("{count} a", "{count} b", 7, c="d")', [("{count} a", "{count} b")]),
        ('X = marked("a" "b")', [("ab",)]),
        ('words("key", "Title", lambda each: each.text, 7)', [("Title",)]),
        ('FilterField("search", "Search", placeholder="Text")', [("Search",), ("Text",)]),
        ('STATUS_TEXTS: dict[str, str] = {Code.A: "a", Code.B: ("b", "c")}', [("a",), ("b",), ("c",)]),
        ('text(variable); print("nothing"); NAME = "nothing"', []),
    ],
)
def test_texts_are_found_by_what_they_are_given_to(source: str, found: list[tuple[str, ...]]) -> None:
    assert sorted(forms for _, forms in texts_of(ast.parse(source))) == sorted(found)
