"""The verbs of ``device-update-service``, each in a module of its own that is imported when it is called."""

from __future__ import annotations

import importlib

import click

_VERBS = {
    "serve": ("device_update_service.commands.serve", "serve"),
    "account": ("device_update_service.commands.accounts", "account"),
    "settings": ("device_update_service.commands.settings", "settings"),
    "doctor": ("device_update_service.commands.doctor", "doctor"),
    "backup": ("device_update_service.commands.backup", "backup"),
    "restore": ("device_update_service.commands.backup", "restore"),
    "certificate": ("device_update_service.commands.certificates", "certificate"),
}


class _Verbs(click.Group):
    """Imports a verb's module only when the verb is used: `serve` needs no key handling, `account` no web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs by name."""
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one verb."""
        if cmd_name not in _VERBS:
            return None
        module, name = _VERBS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done; 1 refused, or something is wrong (a sentence on stderr); 2 wrong usage.",
)
@click.version_option(package_name="device-update-service")
def command_line() -> None:
    """The Device Update Service: run it and look after it on its host."""
