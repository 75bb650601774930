"""No text that people see in the console goes past `device_update_console.core.texts.language`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.source_texts import CALLS, NAMES, ROOT, TABLES

_FOLDERS = ("console/device_update_console/core", "console/device_update_console/qt")
_WORDS = re.compile(r"[A-Za-z]{2,}[^\w\s]{0,3} +[A-Za-z({]")
"""Two words of a sentence; names, keys, paths and patterns have none."""
_TITLE = re.compile(r"&?[A-Z][a-z]{2,}")
"""One word of a title; only what is given to a widget is looked at for it."""

_WIDGETS = re.compile(
    r"set(Text|Title|WindowTitle|ToolTip|StatusTip|PlaceholderText|AccessibleName|AccessibleDescription|LabelText"
    r"|InformativeText|DetailedText|HeaderLabels|HorizontalHeaderLabels|Prefix|Suffix|SpecialValueText|NameFilter"
    r"|NameFilters|TabText|ItemText|CancelButtonText)"
    r"|add(Action|Button|Item|Items|Menu|Row|Tab|Section)|insert(Item|Tab)|showMessage|say"
    r"|Q(Label|PushButton|ToolButton|CheckBox|RadioButton|GroupBox|Action|Menu|ToolBar|DockWidget|ProgressDialog"
    r"|TableWidgetItem|TreeWidgetItem|ListWidgetItem|StandardItem)"
    r"|get(OpenFileName|OpenFileNames|SaveFileName|ExistingDirectory|Text|Item|Int)"
    r"|information|question|warning|critical"
)
"""What shows its texts."""

_MISTAKES = re.compile(r"(Type|Value|Runtime|Key|Index|Assertion|NotImplemented|Lookup)Error")
"""Errors of a programmer, which nobody is told in words."""

_EXCEPTIONS = {
    "console/device_update_console/core/console_invocation.py": "the command line is English",
    "console/device_update_console/core/connections/credentials.py": "it tells users of the command line what to type",
    "console/device_update_console/core/uploads/package_building.py": "only the command line builds packages",
    "console/device_update_console/core/filters/device_by_name.py": "only the command line is given devices by name",
    "console/device_update_console/core/help/versions.py": "names and versions, for whoever repairs it",
    "console/device_update_console/qt/application.py": "the command line is English",
    "console/device_update_console/qt/screenshots/photographer.py": "it tells a terminal of pictures that failed",
}
"""Files that speak past the catalogues, each with the reason."""

_NO_TEXTS = {
    "Apache License 2.0": "its own name",
    "Bearer {}": "a header",
    "Windows CE": "its own name",
    "account key": "what the audit trail calls it",
    "setting {}": "what the audit trail calls it",
    "command line on the host": "what the audit trail calls it",
    "Segoe UI": "a font",
    "Open Sans": "a font",
    "Noto Sans": "a font",
    "Liberation Sans": "a font",
    "DejaVu Sans": "a font",
    "DejaVu Sans Condensed": "a font",
    "# Services whose certificate is trusted by its SHA-256 fingerprint: delete a line to forget one.": "in a file",
    r"-----BEGIN CERTIFICATE-----\s.*?-----END CERTIFICATE-----": "a pattern",
    "{}&nbsp; {}": "markup",
}
"""What has words and is none of the texts that people read, each with the reason; markup (``<p>``) is none either."""


def test_no_text_goes_past_the_catalogues() -> None:
    past = [
        f"{path.relative_to(ROOT)}:{line} {text!r}"
        for folder in _FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.relative_to(ROOT).as_posix() not in _EXCEPTIONS
        for line, text in _texts_past(path)
        if text not in _NO_TEXTS and not text.startswith("<")
    ]
    assert past == [], "give each to text() or marked(), or say above why it is none"


def test_every_exception_is_still_needed() -> None:
    assert [name for name in _EXCEPTIONS if not list(_texts_past(ROOT / name))] == []
    found = {text for folder in _FOLDERS for path in (ROOT / folder).rglob("*.py") for _, text in _texts_past(path)}
    assert set(_NO_TEXTS) - found == set()


def _texts_past(path: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.iter_child_nodes(tree):
        yield from _within(node, shown=False)


def _within(node: ast.AST, *, shown: bool) -> Iterator[tuple[int, str]]:
    """The texts in a part of a module that nobody translates; ``shown``: it is given to a widget."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and (_WORDS.search(node.value) or (shown and _TITLE.match(node.value))):
            yield node.lineno, node.value
        return
    if _is_docstring(node) or _is_told_to_nobody(node) or _is_table_of_texts(node):
        return
    name = _name_of(node.func) if isinstance(node, ast.Call) else ""
    if name in CALLS:
        assert isinstance(node, ast.Call)
        for argument in [*node.args[CALLS[name] :], *(keyword.value for keyword in node.keywords)]:
            yield from _within(argument, shown=shown)
        return
    for child in _children(node, name):
        yield from _within(
            child, shown=(shown and not isinstance(node, ast.Subscript)) or bool(_WIDGETS.fullmatch(name))
        )


def _children(node: ast.AST, name: str) -> Iterator[ast.AST]:
    """The parts of a node without those that are known to be texts of a table."""
    places = TABLES.get(name, ())
    known: set[int] = set()
    if isinstance(node, ast.Call):
        known = {id(node.args[place]) for place in places if isinstance(place, int) and place < len(node.args)}
        known |= {id(keyword) for keyword in node.keywords if keyword.arg in places}
    if isinstance(node, ast.JoinedStr):
        whole = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        yield ast.copy_location(ast.Constant(whole), node)
        yield from (part for part in node.values if not isinstance(part, ast.Constant))
        return
    yield from (child for child in ast.iter_child_nodes(node) if id(child) not in known)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_told_to_nobody(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return bool(_MISTAKES.fullmatch(_name_of(node.exc.func)))
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]).endswith(".__name__")
    return isinstance(node, ast.Call) and ast.unparse(node.func).startswith("_log.")


def _is_table_of_texts(node: ast.AST) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id.endswith(NAMES) for target in targets)


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
