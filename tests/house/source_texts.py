"""The texts of the sources that catalogues have to hold, found by what they are given to.

In a call of `text`, `counted_text`, `marked` or `marked_counted`; in the tables that `TABLES` names, where marking
each text would hide the table; and in constants whose name ends in one of `NAMES`: codes with their words and
sentences.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("console/device_update_console/core", "console/device_update_console/qt", "shared/device_update_contract")

CALLS = {"text": 1, "marked": 1, "counted_text": 2, "marked_counted": 2}
"""Functions of `language`, and how many of their arguments are the forms of one text."""

TABLES: dict[str, tuple[int | str, ...]] = {
    "VerbDefinition": (1, 2),
    "_D": (1, 2),
    "NodeDefinition": (1, 4),
    "_list_node": (1, 2),
    "Menu": (0,),
    "Condition": (1,),
    "words": (1,),
    "coded": (1,),
    "number": (1,),
    "size": (1,),
    "moment": (1,),
    "yes_no": (1,),
    "_version": (1,),
    "_since_and_by": (1, 2),
    "FilterField": (1, "placeholder"),
    "ListDefinition": ("nothing",),
    "Setting": (3,),
    "UnreadableEntry": (0,),
}
"""Calls that fill a table, and which of their arguments are texts, by place or name."""

NAMES = ("_TEXTS", "SENTENCES", "_STEPS")


@dataclass(frozen=True, slots=True)
class SourceText:
    """One text, with both forms where it is counted, and where it stands."""

    forms: tuple[str, ...]
    file: str
    line: int


def source_texts() -> list[SourceText]:
    """All of them, in the order of files and lines."""
    found: list[SourceText] = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [SourceText(forms, name, line) for line, forms in sorted(texts_of(tree))]
    return found


def texts_of(tree: ast.Module) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The texts of a module, each with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from ((node.lineno, forms) for forms in _texts_of_call(node))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id.endswith(NAMES) for target in targets):
                yield from ((text.lineno, (_value(text),)) for text in _texts_of_table(node.value) if _value(text))


def _texts_of_call(call: ast.Call) -> Iterator[tuple[str, ...]]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in CALLS:
        forms = call.args[: CALLS[name]]
        if all(_is_text(form) for form in forms):
            yield tuple(_value(form) for form in forms)
        return
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    for place in TABLES.get(name, ()):
        argument = named.get(place) if isinstance(place, str) else _at(call.args, place)
        if argument is not None and _is_text(argument) and _value(argument):
            yield (_value(argument),)


def _texts_of_table(node: ast.expr) -> Iterator[ast.expr]:
    """The texts of a dictionary's values, of a tuple's parts, and of what a call wraps."""
    if _is_text(node):
        yield node
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _texts_of_table(value)
    elif isinstance(node, ast.Tuple):
        for part in node.elts:
            yield from _texts_of_table(part)
    elif isinstance(node, ast.Call):
        for argument in node.args:
            yield from _texts_of_table(argument)


def _at(arguments: list[ast.expr], place: int) -> ast.expr | None:
    return arguments[place] if place < len(arguments) else None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _value(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant)
    return str(node.value)
