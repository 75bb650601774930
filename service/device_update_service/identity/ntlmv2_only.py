"""Only NTLMv2: said to pyspnego before it is used, and tried out on this very process."""

from __future__ import annotations


def require_ntlmv2() -> None:
    """Make NTLMv2 the only NTLM of this process, and refuse (`ntlm-not-safe`) to go on where it would not be."""
    raise NotImplementedError
