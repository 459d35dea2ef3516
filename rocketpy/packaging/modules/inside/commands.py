"""What an executable does beside its command: its self-test, and children of `multiprocessing`.

Inside the executable this module is called `_bundle_commands`. It is imported when it is needed.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rocketpy.packaging.modules.inside.finder import Bundle

SELF_TEST = "--self-test"
"""The argument that starts the self-test."""
FORK = "--multiprocessing-fork"
"""The first argument of a child by the method spawn."""
_CHILD = re.compile(
    r"from multiprocessing\.(?:resource_tracker|forkserver) import \w+;\s*\w+\(.*\)",
    re.DOTALL,
)
"""The code that `multiprocessing` gives an interpreter by `-c` (forkserver.py and
resource_tracker.py of CPython 3.11)."""


def run_child(arguments: Sequence[str]) -> bool:
    """Run the code of a child of `multiprocessing`; return whether the arguments are of one.

    The method spawn starts `sys.executable` with `--multiprocessing-fork`, as the program is a
    frozen one. The fork server and the resource tracker are started with an interpreter's options,
    then `-c` and one of the statements above. No other code is run.
    """
    if arguments[0] == FORK:
        from multiprocessing.spawn import freeze_support

        freeze_support()
        return True
    if "-c" not in arguments:
        return False
    at = arguments.index("-c")
    code = arguments[at + 1] if len(arguments) > at + 1 else ""
    if not all(word.startswith("-") for word in arguments[:at]) or not _CHILD.fullmatch(code):
        return False
    sys.argv = ["-c", *arguments[at + 2 :]]
    exec(code, {"__name__": "__main__"})  # noqa: S102  (it is one of the statements above)
    return True


def self_test(bundle: Bundle) -> int:
    """Import the application, and each module that its own modules import at their top.

    It prints a line for each import that fails, with the chain of importers. An application that
    raises another error when it is imported, such as one for a missing setting, is not at fault:
    that is reported, and the modules are imported all the same.

    Returns:
        The exit code: 1 if something cannot be imported.
    """
    failures: dict[str, None] = {}
    target = bundle.index["application"]["target"]
    module, _, attribute = target.partition(":")
    for name in (module, *bundle.index["top"]):
        try:
            importlib.import_module(name)
        except ImportError as error:
            failures[f"{' → '.join(_chain(name, error))}: {error}"] = None
        except BaseException as error:  # noqa: BLE001  (whatever an application raises)
            reason = "".join(traceback.format_exception_only(error)).strip()
            print(f"note: {name} raises when it is imported here: {reason}", file=sys.stderr)
    application = sys.modules.get(module)
    if application and not hasattr(application, (attribute or "app").partition(".")[0]):
        failures[f"the module {module} has no {attribute or 'app'}"] = None
    for failure in failures:
        print(failure, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that the application has started would keep the process alive.
    os._exit(1 if failures else 0)


def _chain(name: str, error: ImportError) -> list[str]:
    """Return the names of the modules from an import to the one that failed."""
    chain = [name]
    for frame, _ in traceback.walk_tb(error.__traceback__):
        importer = frame.f_globals.get("__name__", "")
        if frame.f_code.co_name == "<module>" and importer != chain[-1]:
            chain.append(importer)
    if error.name and error.name != chain[-1]:
        chain.append(error.name)
    return chain


def unknown_encoding(name: str, bundle: Bundle) -> None:
    """Raise for an encoding that the standard library has, and this executable has not.

    Args:
        name: the encoding's normalised name, as `codecs.register` passes it.
        bundle: the executable's bundle.

    Raises:
        LookupError: with the remedy. For other names the usual error follows.
    """
    from encodings.aliases import aliases

    normal = aliases.get(name, name)
    module = f"encodings.{normal}"
    if normal in aliases.values() and module not in bundle.modules:
        raise LookupError(
            f"unknown encoding: {name}. This executable was built without it: add {module!r} to "
            f"`include` in [tool.rocketpy.build] of pyproject.toml and build again"
        )
