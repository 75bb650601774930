"""Sentences of the service taken apart by the forms that they have, so that a console can say them in its own language.

A form is the sentence with named places (``There is no account '{account}'.``). It serves where a sentence travels with
a code, but without all the facts that it tells.
"""

from __future__ import annotations

import functools
import re
import string

TakenApart = tuple[str, dict[str, str]]
"""A form, and what stands in its places."""


def taken_apart(forms: tuple[str, ...], sentence: str) -> TakenApart | None:
    """The form of a sentence and the facts in it; None where it has none of these forms."""
    for form in forms:
        found = _pattern(form).fullmatch(sentence)
        if found is not None:
            return form, found.groupdict()
    return None


def all_taken_apart(forms: tuple[str, ...], sentences: str) -> list[TakenApart] | None:
    """Several sentences, one after the other; None where one of them has none of these forms."""
    if not sentences:
        return []
    whole = taken_apart(forms, sentences)
    if whole is not None and not any(". " in fact for fact in whole[1].values()):
        return [whole]
    ends = [found.end() for found in re.finditer(r"[.)] ", sentences)]
    for end in ends:
        first = taken_apart(forms, sentences[: end - 1])
        rest = None if first is None else all_taken_apart(forms, sentences[end:])
        if first is not None and rest is not None:
            return [first, *rest]
    return None if whole is None else [whole]


@functools.cache
def _pattern(form: str) -> re.Pattern[str]:
    parts = (
        re.escape(literal) + ("" if name is None else f"(?P<{name}>.+)")
        for literal, name, _, _ in string.Formatter().parse(form)
    )
    return re.compile("".join(parts), re.DOTALL)
