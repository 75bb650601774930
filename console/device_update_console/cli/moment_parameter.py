"""A moment as an option of a command."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from device_update_console.core.texts.moments import InvalidMoment, parse_moment


class MomentParameter(click.ParamType[datetime]):
    """A date, or a date and time; what is none is wrong usage."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment in UTC."""
        try:
            return parse_moment(str(value))
        except InvalidMoment as error:
            self.fail(error.sentence, param, ctx)
