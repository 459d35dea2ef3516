"""Modules that are put off until somebody uses them."""

from __future__ import annotations

import sys

import pytest

from rocketpy.config import lazy_imports as late


def test_a_module_is_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is put off is imported when it is used, and not before."""
    for name in ("colorsys", "wave"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with late.put_off(("colorsys", "wave", "os")):
        import colorsys
        import wave

        assert isinstance(colorsys, late.StandIn)
        assert callable(wave.open)
    assert "colorsys" not in sys.modules
    assert not hasattr(colorsys, "__nothing__")
    assert colorsys.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert "colorsys" in sys.modules


def test_what_is_imported_already_stays() -> None:
    """Nothing takes the place of a module that somebody uses."""
    with late.put_off(("sys", "os")):
        assert sys.modules["sys"] is sys


def test_an_error_within_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in goes, whatever the import ended with."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with pytest.raises(ImportError), late.put_off(("colorsys",)):
        raise ImportError
    assert "colorsys" not in sys.modules
