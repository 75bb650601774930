"""Catalogues are read as translators' programs write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_update_console.core.texts.catalogue import Catalogue, CatalogueUnreadable, read_catalogue

CONTENT = r"""# A comment.
msgid ""
msgstr ""
"Language: xx\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);\n"

#: core/lists.py
msgid "Name"
msgstr "Nom"

#. What a translator's program writes.
#, python-brace-format
msgid ""
"Sent {sent} "
"of \"{total}\"\n"
"so far."
msgstr ""
"Von „{total}“ "
"{sent}\ngesendet,\tC:\\x"

msgid "{count} device"
msgid_plural "{count} devices"
msgstr[0] "eins"
msgstr[1] "zwei"
msgstr[2] "viele"

msgid "Not yet"
msgstr ""

#, fuzzy
msgid "A guess"
msgstr "Falsch"

#~ msgid "Gone"
#~ msgstr "Fort"
"""


def test_a_text_is_what_the_catalogue_says_over_as_many_lines_as_it_takes() -> None:
    catalogue = Catalogue(CONTENT)
    assert catalogue.gettext("Name") == "Nom"
    assert catalogue.gettext('Sent {sent} of "{total}"\nso far.') == "Von „{total}“ {sent}\ngesendet,\tC:\\x"


def test_the_language_says_which_form_a_number_takes() -> None:
    catalogue = Catalogue(CONTENT)
    forms = [catalogue.ngettext("{count} device", "{count} devices", count) for count in (0, 1, 2, 3)]
    assert forms == ["viele", "eins", "zwei", "viele"]


@pytest.mark.parametrize("source", ["Not yet", "A guess", "Gone", "Unheard of", ""])
def test_what_is_not_translated_or_only_guessed_is_its_source(source: str) -> None:
    catalogue = Catalogue(CONTENT)
    assert catalogue.gettext(source) == source
    assert [catalogue.ngettext(source, "many", count) for count in (1, 2)] == [source, "many"]


@pytest.mark.parametrize("damage", [r'msgid "a\q"' + '\nmsgstr "b"', 'msgstr "without a source"', "\xff"])
def test_a_damaged_catalogue_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "xx.po"
    path.write_bytes(damage.encode("latin-1"))
    with pytest.raises(CatalogueUnreadable, match=r"xx\.po"):
        read_catalogue(path)
