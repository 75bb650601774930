"""What docstrings name is there: a name in backquotes that nothing has any more leads its reader nowhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.test_shape import MODULES

ROOT = Path(__file__).parents[2]
_NAMED = re.compile(r"(?<!`)`([A-Za-z_][\w.]*)`(?!`)")
_OF_OTHERS = {"nextInFocusChain", "ntowfv1", "wrk"}
"""Names of Qt, of pyspnego, and a program."""


def texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """Docstrings, of values too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value


def test_every_name_in_a_docstring_is_the_name_of_something() -> None:
    told: list[tuple[str, int, str]] = []
    known: set[str] = set(_OF_OTHERS)
    for module in MODULES:
        known.update(re.findall(r"\w+", module))
        lines = (ROOT / module).read_text(encoding="utf-8").splitlines()
        for text in texts(ast.parse("\n".join(lines))):
            told += [(module, text.lineno, name) for name in _NAMED.findall(str(text.value))]
            assert text.end_lineno is not None
            lines[text.lineno - 1 : text.end_lineno] = [""] * (text.end_lineno - text.lineno + 1)
        known.update(re.findall(r"\w+", "\n".join(lines)))
    nowhere = [f"{module}:{line} {name}" for module, line, name in told if not set(name.split(".")) <= known]
    assert nowhere == []
