"""What a module's source says that it imports."""

from __future__ import annotations

import pytest

from rocketpy.packaging.modules.imports import Import, imports

CASES = [
    # source                                            | names
    ("import a, b.c",                                     ["a", "b.c"]),
    ("from a import b, c",                                ["a"]),
    ("from . import x",                                   ["pack"]),
    ("from .sub import x",                                ["pack.sub"]),
    ("from .. import x",                                  []),
    ("def f():\n import a",                               ["a"]),
    ("class C:\n import a",                               ["a"]),
    ("if TYPE_CHECKING:\n import a\nelse:\n import b",    ["b"]),
    ("if not typing.TYPE_CHECKING:\n import a",           ["a"]),
    ("if sys.platform == 'win32':\n import a",            []),
    ("if sys.platform != 'win32':\n import a",            ["a"]),
    ("if sys.platform.startswith('win'):\n import a",     []),
    ("if sys.platform.startswith('lin'):\n import a",     ["a"]),
    ("if sys.platform in ('a', 'linux'):\n import a",     ["a"]),
    ("if os.name == 'nt':\n import a\nelse:\n import b",  ["b"]),
    ("if sys.version_info >= (3, 12):\n import a",        []),
    ("if sys.version_info >= (3, 11):\n import a",        ["a"]),
    ("if sys.version_info > (3, 11):\n import a",         ["a"]),
    ("if sys.version_info < (3, 11):\n import a",         []),
    ("if sys.version_info < (3, 11, 4):\n import a",      ["a"]),
    ("if sys.version_info[0] == 2:\n import a",           ["a"]),
    ("if a and TYPE_CHECKING:\n import a",                []),
    ("if a or not TYPE_CHECKING:\n import a",             ["a"]),
    ("if a or TYPE_CHECKING:\n import a",                 ["a"]),
    ("if a == 1 < 2:\n import a",                         ["a"]),
    ("if sys.platform == name():\n import a",             ["a"]),
    ("if __name__ == '__main__':\n import a",             []),
    ("import_module('a')",                                ["a"]),
    ("importlib.import_module('.x', __package__)",        ["pack.x"]),
    ("__import__('a')",                                   ["a"]),
    ("__import__(a)",                                     []),
    ("names = {'X': '.x', 'Y': 'pack.y', 'Z': 'other.z'}", ["pack.x", "pack.y"]),
    ("'''pack.x'''",                                      []),
]  # fmt: skip


@pytest.mark.parametrize(("source", "names"), CASES)
def test_names(source: str, names: list[str]) -> None:
    """At the top, in functions, in branches that count; by call, and by strings of the package."""
    found = imports(source.encode(), "pack", package=True)
    assert list(dict.fromkeys(one.name for one in found)) == names


@pytest.mark.parametrize(
    ("source", "optional"),
    [
        ("import a", False),
        ("try:\n import a\nexcept ImportError:\n pass", True),
        ("try:\n import a\nexcept (KeyError, ModuleNotFoundError):\n pass", True),
        ("try:\n import a\nexcept:\n pass", True),
        ("try:\n import a\nexcept KeyError:\n pass", False),
        ("try:\n pass\nexcept ImportError:\n import a", False),
        ("try:\n pass\nfinally:\n import a", False),
        ("try:\n try:\n  import a\n finally:\n  pass\nexcept ImportError:\n pass", True),
    ],
)
def test_what_a_module_can_do_without(source: str, optional: bool) -> None:  # noqa: FBT001
    """An import whose failure is caught is optional."""
    [found] = imports(source.encode(), "mod", package=False)
    assert found.optional is optional


def test_where_and_what() -> None:
    """The line, and the names that are taken; a module's own package is its parent."""
    [found] = imports(b"\n\nfrom .x import a, b\n", "pack.mod", package=False)
    assert found == Import("pack.x", ("a", "b"), optional=False, line=3)
