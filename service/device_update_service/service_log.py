"""The service's own log: structured records on stderr, as text or JSON lines; stdout stays free."""

from __future__ import annotations

import logging
import sys

import structlog

from device_update_service.configuration.configuration import Log


def set_up_service_log(configuration: Log) -> None:
    """Send every record of the standard library's logging through structlog to stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if configuration.format == "json"
        # A "rich" traceback shows local variables, which hold what was sent (also passwords), and takes a second.
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    exceptions: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info] if configuration.format == "json" else []
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *exceptions, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(configuration.level.upper())
