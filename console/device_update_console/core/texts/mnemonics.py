"""Mnemonics of labels that are put together at run time: every label its own letter, whatever language it is in."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def with_mnemonics(titles: Sequence[str], taken: Collection[str] = ()) -> list[str]:
    """The titles with ``&`` before a letter that is no other's and not ``taken``; initials of words are preferred.

    As many get one as can; a title without a letter of its own stays without. A ``&`` of a title is doubled.
    """
    wishes = [_wishes(title, {letter.lower() for letter in taken}) for title in titles]
    holder: dict[str, int] = {}
    for number in range(len(titles)):
        _give(number, wishes, holder, set())
    letters = {number: letter for letter, number in holder.items()}
    return [_marked(title, letters.get(number)) for number, title in enumerate(titles)]


def _wishes(title: str, taken: set[str]) -> list[str]:
    """The letters of a title, the initials of its words first, each once."""
    initials = [word[0] for word in title.split()]
    letters = (each.lower() for each in (*initials, *title) if each.isalnum())
    return [letter for letter in dict.fromkeys(letters) if letter not in taken]


def _give(number: int, wishes: Sequence[Sequence[str]], holder: dict[str, int], tried: set[str]) -> bool:
    """Give a title a letter, and whoever has that letter another one, if that is possible."""
    free = next((letter for letter in wishes[number] if letter not in holder), None)
    if free is not None:
        holder[free] = number
        return True
    for letter in wishes[number]:
        if letter not in tried:
            tried.add(letter)
            if _give(holder[letter], wishes, holder, tried):
                holder[letter] = number
                return True
    return False


def _marked(title: str, letter: str | None) -> str:
    if letter is None:
        return title.replace("&", "&&")
    starts = [place for place in range(len(title)) if place == 0 or title[place - 1].isspace()]
    places = [*starts, *range(len(title))]
    at = next(place for place in places if title[place].lower() == letter)
    return f"{title[:at].replace('&', '&&')}&{title[at:].replace('&', '&&')}"


def mnemonic_of(title: str) -> str:
    """The letter after ``&``, in lower case; empty where there is none."""
    _, found, rest = title.replace("&&", "").partition("&")
    return rest[:1].lower() if found else ""
