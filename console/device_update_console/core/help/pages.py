"""The help that ships with the program: pages in Markdown, in the person's language, without any network.

A page is named by its file. A heading that ends in a code, ``### Silent (`silent`)``, is a place that links can name;
codes are the same in every language. What a table of the program knows better than a page is put in where the page
says so: `{{shortcuts}}`, `{{settings}}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from device_update_console.core.help.tables import settings_table, shortcuts_table
from device_update_console.core.texts.language import marked, spoken

FOLDER = Path(str(files("device_update_resources"))) / "help"

FIRST = "first-steps"
"""The page that help begins with."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Pages that belong together, in the order in which one reads them."""

    title: str
    pages: tuple[str, ...]


CHAPTERS = (
    Chapter(marked("Beginning"), (FIRST, "updates", "signing-in", "console")),
    Chapter(marked("Tasks"), ("uploading", "testing", "approving", "rolling-back", "reports", "purge")),
    Chapter(
        marked("Nodes"),
        (
            "server", "pending-updates", "deployed-updates", "packages", "test-devices", "devices", "device-logs",
            "update-log", "refused-requests", "sign-ins", "audit-trail", "accounts",
        ),
    ),
    Chapter(
        marked("Reference"),
        (
            "device-statuses", "working-with-lists", "keyboard-shortcuts", "settings", "log-settings", "health",
            "command-line",
        ),
    ),
)  # fmt: skip
"""The table of contents."""

_TABLES: Mapping[str, Callable[[], str]] = {"shortcuts": shortcuts_table, "settings": settings_table}
_TABLE = re.compile(r"^\{\{(\w+)\}\}$", re.MULTILINE)
_PLACE = re.compile(r"^#+ .*\(`([a-z0-9-]+)`\)\s*$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_MARKS = re.compile(r"\(`[a-z0-9-]+`\)|[*`#|>]|\]\([^)]*\)|\[|-{3,}|\\")


@dataclass(frozen=True, slots=True)
class HelpPage:
    """One page; ``text`` is Markdown, whose first line is the title."""

    name: str
    text: str

    @property
    def title(self) -> str:
        """What it is called."""
        return self.text.partition("\n")[0].removeprefix("# ").strip()

    @property
    def places(self) -> tuple[str, ...]:
        """What links can name on it."""
        return tuple(_PLACE.findall(self.text))

    @property
    def links(self) -> tuple[str, ...]:
        """Where it leads to."""
        return tuple(_LINK.findall(self.text))

    @property
    def words(self) -> str:
        """What stands below the title, without markup."""
        return re.sub(r"\s+", " ", _MARKS.sub(" ", self.text.partition("\n")[2])).strip()


@dataclass(frozen=True, slots=True)
class Found:
    """A page that a search found, with the words around the first hit."""

    page: HelpPage
    excerpt: str


def help_page(name: str) -> HelpPage:
    """A page in the person's language; in English where there is no translation.

    Raises:
        KeyError: there is no such page.
    """
    if name not in {each for chapter in CHAPTERS for each in chapter.pages}:
        raise KeyError(name)
    return HelpPage(name, _TABLE.sub(lambda found: _TABLES[found[1]](), _source(spoken().code, name)))


def help_pages() -> Iterator[HelpPage]:
    """All pages, in the order of the table of contents."""
    for chapter in CHAPTERS:
        for name in chapter.pages:
            yield help_page(name)


def find_in_help(sought: str) -> list[Found]:
    """The pages in which all words stand, those that are about them first."""
    words = sought.casefold().split()
    if not words:
        return []
    ranked: list[tuple[int, int, Found]] = []
    for place, page in enumerate(help_pages()):
        body, title = page.words, page.title.casefold()
        lower = body.casefold()
        if all(word in lower or word in title for word in words):
            hits = (lower.find(" ".join(words)), *(lower.find(word) for word in words), 0)
            in_title = sum(word in title for word in words)
            ranked.append((-in_title, place, Found(page, _excerpt(body, next(hit for hit in hits if hit >= 0)))))
    return [found for _, _, found in sorted(ranked, key=lambda each: each[:2])]


def _excerpt(body: str, at: int) -> str:
    """Some words around a place, none of them cut."""
    begin = 0 if at < 30 else body.rfind(" ", 0, at - 25) + 1
    end = len(body) if len(body) <= at + 90 else body.rfind(" ", 0, at + 90)
    return f"{'... ' if begin else ''}{body[begin:end]}{' ...' if end < len(body) else ''}"


@cache
def _source(code: str, name: str) -> str:
    translated = FOLDER / code / f"{name}.md"
    path = translated if translated.is_file() else FOLDER / f"{name}.md"
    return path.read_text(encoding="utf-8")
