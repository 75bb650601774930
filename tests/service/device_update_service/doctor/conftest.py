from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.outside_services import Files, certificate_files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """The certificate and key of the listener outside, and who issued it."""
    return certificate_files(tmp_path)
