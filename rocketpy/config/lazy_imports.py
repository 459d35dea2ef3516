"""Modules that pydantic-settings imports and a service never uses, put off until somebody does.

They are a good part of its import: asyncio is there for its command line applications. While it is
imported, a stand-in takes their place, which imports the real one when an
attribute is first asked of it. Afterwards `import asyncio` finds the real one again.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PUT_OFF = ("asyncio",)


class StandIn(ModuleType):
    """A module that is imported when it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # The import system asks for these; it must not wake the module.
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def put_off(names: tuple[str, ...] = PUT_OFF) -> Iterator[None]:
    """Within this context, importing one of these modules costs nothing."""
    missing = [name for name in names if name not in sys.modules]
    stand_ins = {name: StandIn(name) for name in missing}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]
