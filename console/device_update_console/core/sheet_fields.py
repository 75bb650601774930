"""The fields of a property sheet, also of one for several items: blank where values differ, untouched ones stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from device_update_console.core.details_form import Details
from device_update_console.core.language import marked


def accepts_all(_text: str) -> str:
    """A check of a field that has nothing to object to."""
    return ""


@dataclass(frozen=True, slots=True)
class SheetField:
    """One field that can be filled in: ``name`` is the request's, ``title`` has its mnemonic after ``&``.

    ``check`` gives the sentence that says what is wrong with a text, empty when nothing is; ``lines`` above 1 makes the
    field as many lines high. With ``choices``, pairs of value and words, one of them is chosen instead.
    """

    name: str
    title: str
    longest: int
    lines: int = 1
    check: Callable[[str], str] = accepts_all
    placeholder: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SharedText:
    """What a field shows of all items: their text, or nothing where they differ."""

    text: str = ""
    differs: bool = False


SEVERAL_VALUES = marked("(several values)")
WILL_BE_CLEARED = marked("(will be cleared)")


def shared_text(values: Iterable[str | None]) -> SharedText:
    """The one text that all items have; None counts as an empty one."""
    texts = {value or "" for value in values}
    return SharedText(texts.pop()) if len(texts) == 1 else SharedText(differs=bool(texts))


def changed_fields(
    shown: Mapping[str, SharedText], filled_in: Mapping[str, str], touched: Iterable[str]
) -> dict[str, str | None]:
    """What is to be sent: the fields that somebody ``touched`` and left with another text, None where one was cleared.

    Where values differ a field is blank, and being left blank after it was touched is a change too.
    """
    return {
        name: filled_in[name] or None
        for name in touched
        if shown[name].differs or filled_in[name] != shown[name].text.strip()
    }


def shared_details(heading: str, each: Sequence[Details]) -> Details:
    """The details of several items as one: a label that any of them has, blank where their values differ."""
    values = [dict(details.rows) for details in each]
    labels = dict.fromkeys(label for details in each for label, _ in details.rows)
    shared = {label: shared_text(one.get(label) for one in values) for label in labels}
    return Details(heading, tuple((label, value.text) for label, value in shared.items()))
