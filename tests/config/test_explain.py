"""What becomes of each value that a source gives for a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocketpy.config import sources
from rocketpy.config.explain import Outcome, explain
from rocketpy.figment import Serialized

if TYPE_CHECKING:
    from tests.support import Place


def test_tables_are_merged(place: Place) -> None:
    """A table of each source takes part in the whole; of a key in it, one value is used."""
    place.write("Rocket.toml", "[default]\nlimits.json = 1\n[staging]\nlimits.json = 2\n")
    place.env(ROCKET_LIMITS="{json=3}")
    layers = sources.figment()

    def outcomes(key: str) -> list[tuple[str, str]]:
        return [(str(one.profile), one.outcome.value) for one in explain(layers, key)]

    assert outcomes("limits") == [
        ("staging", "ignored"),
        ("default", "merged"),
        ("default", "merged"),
        ("global", "merged"),
    ]
    assert outcomes("limits.json") == [
        ("staging", "ignored"),
        ("default", "overridden"),
        ("default", "overridden"),
        ("global", "used"),
    ]


def test_what_is_neither_a_file_nor_a_variable(place: Place) -> None:
    """Layers of one's own have the name that their provider gives them."""
    place.write("Rocket.toml", "[default]\nport = 8001\n")
    layers = sources.figment().merge(Serialized.default("port", 9000))
    used = next(one for one in explain(layers, "port") if one.outcome is Outcome.USED)
    assert used.origin.kind == "other"
    assert str(used.origin).endswith(" [default]")
    assert "test_explain.py" in str(used.origin)
