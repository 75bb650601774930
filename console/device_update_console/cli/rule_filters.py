"""The options that say which rules are meant; one set for the list and for the verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


class RuleFilters(TypedDict):
    """The filter options as click gives them."""

    state: str | None
    search: str | None
    device_type: str | None
    brand: str | None
    vendor: str | None
    model: str | None
    revision: str | None
    locale: str | None
    update_type: str | None
    version: str | None


_OPTIONS = (
    click.option(
        "--state",
        type=click.Choice(["pending", "deployed", "removed", "all"]),
        help="Rules with a pending version, with an approved one, removed ones, or all but the removed.",
    ),
    click.option("--search", metavar="TEXT", help="Text in the device class."),
    click.option("--device-type", metavar="TYPE", help="Only this device type."),
    click.option("--brand", metavar="BRAND", help="Only this brand."),
    click.option("--vendor", metavar="VENDOR", help="Only this vendor."),
    click.option("--model", metavar="MODEL", help="Only this model."),
    click.option("--revision", metavar="REVISION", help="Only this hardware revision."),
    click.option("--locale", metavar="LOCALE", help="Only this locale."),
    click.option("--update-type", metavar="TYPE", help="Only this type of update."),
    click.option("--version", metavar="VERSION", help="Only rules with this version in a slot."),
)


def rule_filter_options(command: Command) -> Command:
    """Give a command the filter options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def given_filters(filters: RuleFilters) -> dict[str, Any]:
    """The filters that were given."""
    return {name: value for name, value in filters.items() if value is not None}
