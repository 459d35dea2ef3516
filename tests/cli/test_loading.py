"""How the commands find an application and the class of its configuration."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from rocketpy.cli import loading, main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Place


@pytest.fixture
def module(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the name of a module that the test writes, and forget it afterwards."""
    name = "loaded_by_a_test"
    monkeypatch.chdir(place.folder)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield name
    sys.modules.pop(name, None)


BAD = "import rocketpy\nclass Settings(rocketpy.Config):\n    greeting: str\n"


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("app = 5", "app()", "cannot be called: name it without (), if it is the application"),
        ("def app():\n    return 1 / 0", "app()", "ZeroDivisionError: division by zero"),
        ("def app():\n    return 5", "app()", "which is not a WSGI application"),
        ("class Made: pass", "Made.app", "it has: no callable"),
    ],
)
def test_a_factory(place: Place, module: str, text: str, target: str, expected: str) -> None:
    """A function that makes the application is called; what goes wrong names it."""
    place.write(f"{module}.py", f"{text}\n")
    with pytest.raises(loading.LoadError) as caught:
        loading.load(f"{module}:{target}")
    assert expected in str(caught.value)
    assert loading.__file__ not in str(caught.value)


def test_a_factory_that_works(place: Place, module: str) -> None:
    """What the function returns is the application; the current folder is looked through."""
    place.write(
        f"{module}.py",
        "import rocketpy\ndef make():\n    return rocketpy.App(settings)\n"
        "class settings(rocketpy.Config):\n    pass\n",
    )
    kind = loading.settings_of(f"{module}:make()")
    assert kind is not None
    assert kind.__name__ == "settings"
    assert sys.path[0] == str(place.folder)


@pytest.mark.parametrize(
    "application", ["app = rocketpy.App(Settings)", "def app():\n    return rocketpy.App(Settings)"]
)
def test_a_configuration_that_cannot_be_read(place: Place, module: str, application: str) -> None:
    """The class that an application declares is known even when its keys have no values."""
    place.write(f"{module}.py", f"{BAD}{application}\n")
    target = f"{module}:app()" if "def" in application else module
    kind = loading.settings_of(target)
    assert kind is not None
    assert (kind.__module__, kind.__name__) == (module, "Settings")
    assert loading.given_figment(target) is None


def test_a_broken_application_has_no_layers_of_its_own(place: Place, module: str) -> None:
    """Looking at a configuration is possible while the application is broken."""
    place.write(f"{module}.py", "1/0\n")
    assert loading.given_figment(module) is None
    assert loading.find_settings(module) == (None, f"the module `{module}` cannot be imported")


def test_an_executable_has_no_builder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In an executable the commands that build are wrong usage; the others are there."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(SystemExit) as caught:
        main.run(["build"])
    assert caught.value.code == 2
    assert "invalid choice: 'build'" in capsys.readouterr().err
    assert main.parser().parse_args(["launch"]).command == "launch"


def test_stdout_is_closed(monkeypatch: pytest.MonkeyPatch, place: Place) -> None:
    """A command whose output was closed before its start ends as it would."""
    monkeypatch.chdir(place.folder)
    monkeypatch.setattr(sys, "stdout", None)
    assert main.run(["config", "show"]) == 0


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--port", "write `port = …` under [default] in Rocket.toml, or set ROCKET_PORT"),
        ("--bind", "write `address = …`"),
        ("--threads", "write `max_blocking = …`"),
        ("--profile", "the profile is set by ROCKET_PROFILE"),
    ],
)
def test_keys_are_no_options(
    capsys: pytest.CaptureFixture[str], option: str, expected: str
) -> None:
    """Who writes a key as an option reads where the key is set."""
    with pytest.raises(SystemExit):
        main.run(["launch", option, "x"])
    assert expected in capsys.readouterr().err


def test_an_unknown_option(capsys: pytest.CaptureFixture[str]) -> None:
    """An option that is like no key is refused without a remedy."""
    with pytest.raises(SystemExit):
        main.run(["launch", "--zzzzzz"])
    printed = capsys.readouterr().err
    assert "unrecognized arguments: --zzzzzz" in printed
    assert "Rocket.toml" not in printed
