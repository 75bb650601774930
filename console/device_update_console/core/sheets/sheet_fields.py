"""The fields of a property sheet, also of one for several items: blank where values differ, untouched ones stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from device_update_console.core.sheets.details_form import Details
from device_update_console.core.slices import in_slices
from device_update_console.core.texts.language import marked

Item = TypeVar("Item")


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
    texts = {value or "" for value in set(values)}
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


class SharedDetails:
    """Details of several items as one, put together item by item: all labels, blank where their values differ."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        """Labels with the value that all items had so far."""
        self._differ: set[str] = set()
        self._count = 0

    def add(self, details: Details) -> None:
        """One item more."""
        values = dict(details.rows)
        for label, shared in self._labels.items():
            if values.get(label, "") != shared:
                self._differ.add(label)
        for label, value in values.items():
            if label not in self._labels:
                self._labels[label] = value
                if self._count:
                    self._differ.add(label)
        self._count += 1

    def rows(self) -> tuple[tuple[str, str], ...]:
        """What is shown of all of them."""
        return tuple((label, "" if label in self._differ else value) for label, value in self._labels.items())


def shared_rows(items: Iterable[Item], details_of: Callable[[Item], Details]) -> tuple[tuple[str, str], ...]:
    """The details of one item, or of several as one."""
    shared = SharedDetails()
    for item in items:
        shared.add(details_of(item))
    return shared.rows()


async def many_shared_rows(items: Sequence[Item], details_of: Callable[[Item], Details]) -> tuple[tuple[str, str], ...]:
    """As `shared_rows`, without holding up the window."""
    shared = SharedDetails()
    async for some in in_slices(items):
        for item in some:
            shared.add(details_of(item))
    return shared.rows()
