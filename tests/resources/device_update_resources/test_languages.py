"""What programs read of a language is what its translators wrote."""

from __future__ import annotations

import pytest
from tests.house.translate import TRANSLATED, forms, read_catalogue

from device_update_console.core.language import language_of


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_compiled_catalogue_says_what_the_written_one_says(code: str) -> None:
    compiled = language_of(code).catalogue
    for message in read_catalogue(code):
        if not message.id or not message.string:
            continue
        source, said = forms(message.id), forms(message.string)
        if len(source) == 1:
            assert compiled.gettext(source[0]) == said[0]
        else:
            assert [compiled.ngettext(source[0], source[1], count) for count in (1, 2)] == list(said)
