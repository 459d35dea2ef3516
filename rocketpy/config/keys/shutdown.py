"""`shutdown`: which signals end the service, and how long it may take."""

from __future__ import annotations

import signal
from enum import StrEnum
from typing import Any, NamedTuple

from rocketpy.config.keys.pydantic_type import schema_of
from rocketpy.figment.decode import Field, Struct, loose_boolean, sequence, u32, variant
from rocketpy.figment.value import Value


class Sig(StrEnum):
    """A signal that can start a shutdown, as the configuration names it."""

    ALRM = "alrm"
    CHLD = "chld"
    HUP = "hup"
    INT = "int"
    IO = "io"
    PIPE = "pipe"
    QUIT = "quit"
    TERM = "term"
    USR1 = "usr1"
    USR2 = "usr2"

    @property
    def number(self) -> signal.Signals:
        """The system's signal."""
        return signal.Signals[f"SIG{self.name}"]


class Shutdown(NamedTuple):
    """How the service ends; the section "Graceful Shutdown" of Rocket's guide.

    Attributes:
        ctrlc: whether Ctrl-C (SIGINT) starts a shutdown.
        signals: the signals that do.
        grace: seconds that requests in flight have to end by themselves.
        mercy: seconds that connections have after that.
        force: whether the process then ends, whatever still runs.
    """

    ctrlc: bool = True
    signals: frozenset[Sig] = frozenset({Sig.TERM})
    grace: int = 2
    mercy: int = 3
    force: bool = True

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> dict[str, Any]:
        return schema_of(cls, decode, describe)

    def __str__(self) -> str:
        names = ", ".join(sorted(signal.number.name for signal in self.signals))
        return (
            f"ctrlc = {_word(self.ctrlc)}, force = {_word(self.force)}, signals = [{names}], "
            f"grace = {self.grace}s, mercy = {self.mercy}s"
        )


def _word(on: bool) -> str:  # noqa: FBT001  (it prints one)
    return "true" if on else "false"


def describe(shutdown: Shutdown) -> dict[str, Any]:
    """Return it as `config dump` prints it."""
    names = sorted(signal.number.name for signal in shutdown.signals)
    return shutdown._asdict() | {"signals": names}


_sig = variant("Sig", tuple(Sig))


def _signals(value: Value) -> frozenset[Sig]:
    return frozenset(map(Sig, sequence(_sig)(value)))


decode: Struct = Struct(
    "Shutdown",
    Shutdown,
    {
        "ctrlc": Field(loose_boolean),
        "signals": Field(_signals),
        "grace": Field(u32),
        "mercy": Field(u32),
        "force": Field(loose_boolean),
    },
)
