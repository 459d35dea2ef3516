"""The merge algebra: what becomes of two values in one place.

Four orders, by two questions. Which side wins where both have a value: the one that was there
(`JOIN`, `ADJOIN`) or the one that comes (`MERGE`, `ADMERGE`)? And are two arrays one after the
other (`ADJOIN`, `ADMERGE`) or one instead of the other? Dictionaries always unite, key by key.

Nothing is copied or changed but the dictionaries on the way to a difference.
"""

from __future__ import annotations

from enum import Enum

from rocketpy.figment.value import Value


class Order(Enum):
    """How a provider's values meet those that are there: (the newcomer wins, arrays add)."""

    JOIN = (False, False)
    ADJOIN = (False, True)
    MERGE = (True, False)
    ADMERGE = (True, True)

    def __init__(self, newer_wins: bool, arrays_add: bool) -> None:  # noqa: FBT001  (the pair above)
        self.newer_wins = newer_wins
        self.arrays_add = arrays_add


def coalesce(old: Value, new: Value, order: Order) -> Value:
    """Return what the two values make; its tag is that of the side that wins.

    >>> coalesce(Value([Value(1)]), Value([Value(2)]), Order.ADJOIN)
    Value([Value(1), Value(2)])
    """
    winner = new if order.newer_wins else old
    if isinstance(old.data, dict) and isinstance(new.data, dict):
        return Value(coalesce_dicts(old.data, new.data, order), winner.tag)
    if order.arrays_add and isinstance(old.data, list) and isinstance(new.data, list):
        # The tag is the first array's, whichever side wins: figment's own choice.
        return Value([*old.data, *new.data], old.tag)
    return winner


def coalesce_dicts(old: dict[str, Value], new: dict[str, Value], order: Order) -> dict[str, Value]:
    """Return the union of two dictionaries; keys in both coalesce."""
    united = dict(old)
    for key, value in new.items():
        united[key] = coalesce(united[key], value, order) if key in united else value
    return united
