"""The shape of the source tree: sizes, names, imports and places (design section 4)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_SOURCE_ROOTS = ("console", "service", "shared", "resources")
_TOP_LEVEL = {*_SOURCE_ROOTS, "tests", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "run.py"}
_MAX_MODULE_LINES = 400
_MAX_FUNCTION_LINES = 60
_MAX_FOLDER_MODULES = 40
_SAY_NOTHING = re.compile(r"(?:^|_)(?:utils?|helpers?|common|manager|misc)(?:_|\.|$)")


def tracked_files() -> list[str]:
    """Files that belong to the project: those that git has, and new ones that it does not ignore."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(name for name in listed.splitlines() if (ROOT / name).is_file())


TRACKED = tracked_files()
MODULES = [name for name in TRACKED if name.endswith(".py")]


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {name: ast.parse((ROOT / name).read_text(encoding="utf-8")) for name in MODULES}


def test_the_top_level_holds_what_the_design_names() -> None:
    found = {name.split("/")[0] for name in TRACKED}
    assert {name for name in found if not name.startswith(".")} == _TOP_LEVEL


def test_a_module_holds_one_idea() -> None:
    lengths = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > _MAX_MODULE_LINES} == {}


def test_a_folder_of_sources_is_taken_in_at_a_glance() -> None:
    sizes = Counter(str(Path(name).parent) for name in MODULES if name.split("/")[0] in _SOURCE_ROOTS)
    assert {folder: size for folder, size in sizes.items() if size > _MAX_FOLDER_MODULES} == {}


def test_a_function_is_one_step(trees: dict[str, ast.Module]) -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > _MAX_FUNCTION_LINES
    ]
    assert long == []


def test_names_of_files_folders_and_classes_say_something(trees: dict[str, ast.Module]) -> None:
    empty = [name for name in TRACKED if any(_SAY_NOTHING.search(part.lower()) for part in Path(name).parts)]
    empty += [
        f"{name}: {node.name}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and {"Utils", "Util", "Helper", "Helpers", "Manager", "Common"} & set(re.findall(r"[A-Z][a-z]+", node.name))
    ]
    assert empty == []


def test_source_roots_are_never_imported_as_packages(trees: dict[str, ast.Module]) -> None:
    """A second copy of every class would exist."""
    wrong = [
        f"{name}: {module}"
        for name, tree in trees.items()
        for module in imported_modules(tree)
        if module.split(".")[0] in _SOURCE_ROOTS
    ]
    assert wrong == []


def imported_modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_the_product_never_imports_its_tests(trees: dict[str, ast.Module]) -> None:
    wrong = [
        name
        for name, tree in trees.items()
        if not name.startswith("tests/")
        for module in imported_modules(tree)
        if module.split(".")[0] in {"tests", "pytest", "hypothesis"}
    ]
    assert wrong == []


def test_run_py_needs_the_standard_library_only(trees: dict[str, ast.Module]) -> None:
    foreign = {module.split(".")[0] for module in imported_modules(trees["run.py"])} - sys.stdlib_module_names
    assert foreign == set()


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"/(?:root|home|work)/\w", id="a path of one machine"),
        pytest.param(r"https?://[^\s\"']*/simple\b", id="a package registry"),
        pytest.param(r"\b(?:TODO|FIXME|XXX)\b", id="work put off"),
        pytest.param(r"(?m)^(?:<{7}|>{7}) ", id="half a merge"),
    ],
)
def test_no_file_holds(pattern: str) -> None:
    found = [
        f"{name}: {match.group()}"
        for name in TRACKED
        if name != "tests/house/test_shape.py" and not name.endswith(".png")
        for match in re.finditer(pattern, (ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_tests_neither_skip_nor_sleep(trees: dict[str, ast.Module]) -> None:
    """A test that is skipped where a tool is missing is no test; one that sleeps waits too long, or not long enough.

    Test support may poll a process of another program.
    """
    refused = {"pytest.skip", "pytest.mark.skip", "pytest.mark.skipif", "pytest.importorskip", "time.sleep"}
    found = [
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for name, tree in trees.items()
        if Path(name).name.startswith("test_")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in refused
    ]
    assert found == []
