"""How the server's logs are written: lines for people, or JSON for machines; all of them to standard error."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Literal

Format = Literal["text", "json"]


class JsonLines(logging.Formatter):
    """A JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configuration(form: Format, *, access: bool) -> dict[str, Any]:
    """Return a configuration for `logging.config.dictConfig`, which uvicorn hands on.

    Args:
        form: `text` or `json`.
        access: Whether every request has a line.
    """
    formatter: dict[str, Any] = {"()": "lsr_service.logs.JsonLines"}
    if form == "text":
        formatter = {"format": "%(asctime)s %(levelname)-7s %(message)s"}
    level = "INFO" if access else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"default": formatter},
        "handlers": {
            "default": {"class": "logging.StreamHandler", "formatter": "default", "stream": "ext://sys.stderr"}
        },
        "loggers": {
            "uvicorn": {"handlers": ["default"], "level": "INFO", "propagate": False},
            "lsr_service": {"handlers": ["default"], "level": "INFO", "propagate": False},
            "lsr_service.access": {"level": level},
        },
    }
