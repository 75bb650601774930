"""Importing packages, building them, and what was imported."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from device_update_console.cli.exit_codes import ExitCode
from device_update_console.cli.invocation import (
    Invocation,
    Outcome,
    current_invocation,
    read_whole,
    require_readable,
    with_invocation,
)
from device_update_console.cli.output import Columns, complain, explain, print_answer, print_table, say
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.connections.replies import Reply
from device_update_console.core.failures import FileChangedMeanwhile, RefusedByService
from device_update_console.core.sheets.refusal_details import finding_text
from device_update_console.core.texts.formats import counted, moment_text, rule_label, size_text
from device_update_contract.administration.endpoints import (
    IMPORT_PACKAGE,
    INSPECT_PACKAGE,
    LIST_PACKAGES,
    SHOW_PACKAGE,
)
from device_update_contract.administration.packages import (
    FindingModel,
    Package,
    PackageInspectionAnswer,
    PackageNameQuery,
    PackageQuery,
    PackageUpdate,
)

_PACKAGES: Columns[Package] = (
    ("ID", lambda package: package.id),
    ("Name", lambda package: package.name),
    ("Size", lambda package: size_text(package.size)),
    ("Imported", lambda package: moment_text(package.imported_at)),
    ("By", lambda package: package.account),
    ("Updates", lambda package: len(package.updates)),
    ("Warnings", lambda package: len(package.findings)),
)
_UPDATES: Columns[PackageUpdate] = (
    ("Update for", rule_label),
    ("Version", lambda update: update.version),
    ("Files", lambda update: ", ".join(file.name for file in update.files)),
    ("Rule", lambda update: update.rule_id),
    ("Effect", lambda update: update.effect),
)
_SHOWN_PROGRESS_BYTES = 8 * 1024 * 1024


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--manifest", metavar="FILE", type=click.Path(path_type=Path), help="An updateInfo.xml to use instead of theirs."
)
@click.option("--inspect", is_flag=True, help="Only show the findings and what importing would change.")
@with_invocation
async def import_packages(
    invocation: Invocation, *, files: tuple[Path, ...], manifest: Path | None, inspect: bool
) -> Outcome:
    """Import packages (.cab, or .exe with one).

    Each version becomes pending for its rule: test devices get it, all others once it is approved. Every file is judged
    by the service; one refused does not keep the others from being imported, and ends the command with 1. With --json
    there is one answer a file, in order.
    """
    for path in (*files, *([manifest] if manifest is not None else [])):
        require_readable(path)
    own_manifest = None if manifest is None else read_whole(manifest)
    outcome = ExitCode.DONE
    async with invocation.connected() as client:
        for file in files:
            try:
                reply = await _upload(client, file, own_manifest, inspect=inspect)
            except (RefusedByService, FileChangedMeanwhile) as refusal:
                complain(f"{file.name} was refused.")
                explain(refusal)
                if invocation.as_json and isinstance(refusal, RefusedByService) and refusal.body is not None:
                    print_answer(refusal.body)
                outcome = ExitCode.REFUSED
                continue
            if not _shown(invocation, reply, inspect=inspect):
                outcome = ExitCode.REFUSED
    return outcome


async def _upload(client: AdministrationClient, file: Path, manifest: bytes | None, *, inspect: bool) -> Reply:
    shown = 0

    def progress(sent: int, total: int) -> None:
        nonlocal shown
        percent = sent * 100 // total
        if total >= _SHOWN_PROGRESS_BYTES and percent != shown and sys.stderr.isatty():
            shown = percent
            print(f"\rSending {file.name}: {percent} %", end="\n" if sent == total else "", file=sys.stderr, flush=True)

    return await client.upload(
        INSPECT_PACKAGE if inspect else IMPORT_PACKAGE,
        file,
        query=PackageNameQuery.model_construct(name=file.name),
        manifest=manifest,
        progress=progress,
    )


def _shown(invocation: Invocation, reply: Reply, *, inspect: bool) -> bool:
    """Print what came of one file; false where an inspection found an error."""
    answer = reply.read(PackageInspectionAnswer) if inspect else reply.read(Package)
    what = "Inspected" if inspect else "Imported"

    def describe() -> None:
        say(f"{what} {answer.name} ({size_text(answer.size)}): {counted(len(answer.updates), 'update')}.")
        print_table(_UPDATES, answer.updates)

    invocation.show(reply, describe)
    _complain_of(answer.findings)
    return not any(finding.severity == "error" for finding in answer.findings)


def _complain_of(findings: list[FindingModel]) -> None:
    for finding in findings:
        complain(finding_text(finding))


@click.group()
def package() -> None:
    """Build a package, or show one that was imported."""


@package.command()
@click.argument("manifest", metavar="MANIFEST", type=click.Path(path_type=Path))
@click.option(
    "--output", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The .cab file to write."
)
def build(*, manifest: Path, output: Path) -> int:
    """Write a package (.cab) from a manifest and the files beside it.

    MANIFEST is an updateInfo.xml; its files are looked for from its own folder. No service is asked.
    """
    from device_update_console.core.uploads.package_building import UnreadablePath, build_package

    try:
        built = build_package(manifest, output)
    except ModuleNotFoundError as error:
        raise click.UsageError(f"Building packages needs the extra 'cli': {error.name} is missing.") from error
    except UnreadablePath as error:
        raise click.UsageError(error.sentence) from error
    for finding in built.warnings:
        complain(finding_text(finding))
    current_invocation().tell(
        f"Wrote {built.output} ({size_text(built.size)}): "
        f"{counted(built.updates, 'update')}, {counted(built.files, 'file')}."
    )
    return ExitCode.DONE


@package.command("show")
@click.argument("identifier", metavar="ID")
@with_invocation
async def show_package(invocation: Invocation, *, identifier: str) -> Outcome:
    """Show one imported package with its updates and findings."""
    async with invocation.connected() as client:
        reply = await client.call(SHOW_PACKAGE, path={"id": identifier})
    answer = reply.read(Package)

    def describe() -> None:
        print_table(_PACKAGES, [answer])
        say("")
        print_table(_UPDATES, answer.updates)
        for finding in answer.findings:
            say(finding_text(finding))

    invocation.show(reply, describe)
    return ExitCode.DONE


@click.command()
@click.option("--search", metavar="TEXT", help="Text in the name.")
@with_invocation
async def packages(invocation: Invocation, *, search: str | None) -> Outcome:
    """List the packages that were imported."""
    query = PackageQuery() if search is None else PackageQuery(search=search)
    async with invocation.connected() as client:
        await invocation.show_list(
            client.pages(LIST_PACKAGES, query=query), Package, _PACKAGES, "No package was imported."
        )
    return ExitCode.DONE


COMMANDS = (import_packages, package, packages)
