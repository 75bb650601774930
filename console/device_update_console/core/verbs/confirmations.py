"""A question before something is taken away or given to many: what happens, to what, and what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass

from device_update_console.core.texts.language import counted_text, text

MOST_NAMED = 8
"""Lines of one kind are shown up to so many, and then how many more there are."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person answers with Yes or No; ``lines`` name what it is about, ``warnings`` speak against it."""

    title: str
    question: str
    effects: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    """What the verb will not change, and why, one line each."""
    may_be_done: bool = True
    """False when there is nothing that the verb can change: then there is nothing to say yes to."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a verb: a sentence about all of it, then a line for each thing that was changed or refused."""

    summary: str
    lines: tuple[str, ...] = ()
    any_refused: bool = False


def first_lines(lines: tuple[str, ...], most: int = MOST_NAMED) -> tuple[str, ...]:
    """The first lines, and how many more there are."""
    if len(lines) <= most:
        return lines
    left = len(lines) - most
    return (*lines[:most], counted_text("... and {count} more.", "... and {count} more.", left))


def named_or_counted(names: tuple[str, ...], one: str, many: str) -> str:
    """The only thing by its name, several as their number; ``one`` and ``many`` hold ``{count}``."""
    return names[0] if len(names) == 1 else counted_text(one, many, len(names))


def refused_line(name: str, sentence: str, code: str) -> str:
    """What was not changed, and why, as one line."""
    return text("{name}: {sentence} ({code})", name=name, sentence=sentence, code=code)
