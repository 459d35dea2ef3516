"""Errors as a person reads them, and keys that are likely misspelt."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from rocketpy import Config, Error
from rocketpy.config import report, sources
from tests.support import Place


def reported(settings: type[Config] = Config, *, reveal: bool = False) -> str:
    """Return the report of what reading a configuration ends with."""
    with pytest.raises(Error) as raised:
        settings()
    return report.report(raised.value, reveal=reveal)


def test_every_error_has_its_line_and_its_remedy(place: Place) -> None:
    """Its text, its line with a caret, what to do."""
    place.write("Rocket.toml", "[default]\nport = 70000\ntemp_dir = [\n1,\n]\nsecret_key = 'abc'\n")
    place.env(ROCKET_WORKERS="x")
    text = reported()
    assert text.startswith(
        "Error: Failed to extract valid configuration.\n"
        '   >> invalid value signed int `70000`, expected u16 for key "default.port" in '
        "Rocket.toml TOML file\n"
        "         --> Rocket.toml:2:8\n"
        "          |\n"
        "        2 | port = 70000\n"
        "          |        ^^^^^\n"
        "         = allowed: from 0 to 65535\n"
    )
    assert "        3 | temp_dir = [\n          |            ^\n" in text
    assert "secret_key = [redacted]\n" in text
    assert "abc" not in text
    assert 'for key "WORKERS"' in text


def test_a_file_that_is_no_toml(place: Place) -> None:
    """It is reported with its line; secrets on it only when they are revealed."""
    place.write("Rocket.toml", "[default]\ntoken = 'abc\n")
    with pytest.raises(Error) as raised:
        sources.figment().merged()
    assert "'abc" in report.report(raised.value, reveal=True)
    assert "'abc" not in report.report(raised.value)
    assert "--> Rocket.toml:2:" in report.report(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "dsn = 4711",
        "dsn = [\n  1,\n  4711 ]",
        "dsns = [\n  'x',\n  4711,\n]",
        "table = { dsn = 4711 }",
        "port = 'x' # {\nsecret_key = 4711",
    ],
)
def test_lines_of_secrets_are_not_quoted(
    place: Place, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Secrets by name and by type, one or several, on the error's line."""

    class Settings(Config):
        dsn: SecretStr = SecretStr("")
        dsns: list[SecretStr] = []
        table: dict[str, SecretStr] = {}

    place.write("Rocket.toml", f"[default]\n{text}\n")
    found = reported(Settings)
    assert "--> Rocket.toml:" in found
    assert "4711" not in found
    assert "[redacted]" in found
