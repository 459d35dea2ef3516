"""What the tests of configurations have around them."""

from __future__ import annotations

import pytest

from rocketpy.config import secrets


@pytest.fixture(autouse=True)
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget afterwards which keys the classes of one test take for secrets."""
    monkeypatch.setattr(secrets, "_marked", set(secrets._marked))
