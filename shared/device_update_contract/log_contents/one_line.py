"""Text from a device as one line that shows whatever is in it."""

from __future__ import annotations


def one_line(value: str) -> str:
    """Text without line ends, control characters or signs that turn its direction: those are shown as escapes."""
    if value.isprintable():
        return value
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in value)


def wide_text(data: bytes) -> str:
    """UTF-16 as Windows CE writes it, up to its end mark if there is one, as one line; without line ends behind it."""
    decoded = data[: len(data) & ~1].decode("utf-16-le", "replace")
    return one_line(decoded.partition("\0")[0].rstrip("\r\n"))


def _escaped(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if ord(sign) > 0xFF else f"\\x{ord(sign):02x}"
