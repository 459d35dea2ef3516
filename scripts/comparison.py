"""Write docs/comparison.md: what mistakes in a configuration lead to, here and elsewhere.

    python -m scripts.comparison          # prints the page
    python -m scripts.comparison --write  # writes docs/comparison.md

Each mistake is made in a small service of the same keys, once for rocketpy, once for dynaconf with
validators, once for pydantic-settings with a TOML source; each is read in a process of its own.
What is said of the key, the source, the line and the remedy is looked for in the output by the same
patterns. A configuration without a mistake must pass in silence, or nothing is written.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from scripts.mistakes import CASES, GOOD_CASE, SECRET, Case, Inputs

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "comparison.md"
SECONDS = 120
TOOLS = ("rocketpy", "dynaconf", "pydantic-settings")

ROCKETPY = """\
import enum
import pydantic, rocketpy

class Mode(enum.Enum):
    FAST = "fast"
    SAFE = "safe"

class Database(pydantic.BaseModel):
    url: str
    pool: int = 5

class Settings(rocketpy.Config):
    greeting: str = "Hello"
    mode: Mode = Mode.SAFE
    database: Database
    api_token: pydantic.SecretStr = pydantic.SecretStr("")

app = rocketpy.App(Settings)
"""
DYNACONF = """\
from dynaconf import Dynaconf, Validator

settings = Dynaconf(
    settings_files=["settings.toml"], environments=True, envvar_prefix="APP",
    validators=[
        Validator("port", is_type_of=int, gte=0, lte=65535, default=8000),
        Validator("workers", is_type_of=int, gte=1, default=1),
        Validator("log_level", is_in=["normal", "debug"], default="normal"),
        Validator("cli_colors", is_type_of=bool, default=True),
        Validator("greeting", is_type_of=str, default="Hello"),
        Validator("mode", is_in=["fast", "safe"], default="safe"),
        Validator("database.url", must_exist=True, is_type_of=str),
        Validator("database.pool", is_type_of=int, default=5),
        Validator("api_token", is_type_of=str, default=""),
    ],
)
settings.validators.validate_all()
"""
PYDANTIC = """\
import enum
from typing import Annotated, Literal
import pydantic
from pydantic_settings import BaseSettings, SettingsConfigDict, TomlConfigSettingsSource

class Mode(enum.Enum):
    FAST = "fast"
    SAFE = "safe"

class Database(pydantic.BaseModel):
    url: str
    pool: int = 5

class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="APP_", env_nested_delimiter="__", toml_file="settings.toml"
    )
    port: Annotated[int, pydantic.Field(ge=0, le=65535)] = 8000
    workers: Annotated[int, pydantic.Field(ge=1)] = 1
    log_level: Literal["normal", "debug"] = "normal"
    cli_colors: bool = True
    greeting: str = "Hello"
    mode: Mode = Mode.SAFE
    database: Database
    api_token: pydantic.SecretStr = pydantic.SecretStr("")

    @classmethod
    def settings_customise_sources(cls, settings_cls, init_settings, env_settings, **others):
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

Settings()
"""


class Outcome(NamedTuple):
    """What one tool made of one mistake.

    Attributes:
        verdict: `refused`, `warned`, `silent` or, where the tool has no such thing, `-`.
        told: which of key, source, line and remedy its output names.
        leaked: whether the output holds the secret that the mistake stands beside.
        many: how many of several mistakes it names at once, such as `4 of 4`.
    """

    verdict: str
    told: tuple[str, ...] = ()
    leaked: bool = False
    many: str = ""

    def __str__(self) -> str:
        if self.verdict == "-":
            return "—"
        text = self.verdict + (f": {', '.join(self.told)}" if self.told else "")
        text += f"; {self.many} at once" if self.many else ""
        return f"{text}; **shows the secret**" if self.leaked else text


def outcome(case: Case, tool: str) -> Outcome:
    """Make a mistake, and return what a tool says."""
    inputs = case.inputs(tool)
    if inputs is None:
        return Outcome("-")
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "a" / "b"
        folder.mkdir(parents=True)
        code, output = _run(tool, inputs, folder)
    leaked = case.secret and SECRET in output
    output = _TRACEBACK.sub("", output.replace(root, ""))
    if not code and not output.strip():
        return Outcome("silent")
    line = rf":{inputs.line}:\d|line {inputs.line}\b" if inputs.line else ""
    patterns = {
        "key": case.named, "source": inputs.source, "line": line, "remedy": case.remedy,
    }  # fmt: skip
    told = tuple(what for what, text in patterns.items() if text and re.search(text, output))
    found = sum(re.search(text, output) is not None for text in case.many)
    many = f"{found} of {len(case.many)}" if case.many else ""
    return Outcome("refused" if code else "warned", told, leaked, many)


_TRACEBACK = re.compile(r'^ +File ".*\n( {4,}.*\n)*', re.MULTILINE)
"""The frames of a traceback: the source code that they quote says nothing of the configuration."""


def _run(tool: str, inputs: Inputs, folder: Path) -> tuple[int, str]:
    programs = {"rocketpy": ROCKETPY, "dynaconf": DYNACONF, "pydantic-settings": PYDANTIC}
    (folder / "app.py").write_text(programs[tool], encoding="utf-8")
    for name, content in inputs.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content)
    command = ["-m", "rocketpy", "check"] if tool == "rocketpy" else ["app.py"]
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    run = subprocess.run(
        [sys.executable, "-X", "utf8", *command],
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT)} | inputs.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    output = run.stdout + run.stderr
    if tool == "rocketpy":
        output = re.sub(r"^\w+: the configuration is good\n", "", output, flags=re.MULTILINE)
    return run.returncode, output


def column(tool: str) -> list[Outcome]:
    """Return what a tool makes of every mistake.

    Raises:
        RuntimeError: it does not take a configuration without one.
    """
    good = outcome(GOOD_CASE, tool)
    if good.verdict != "silent":
        raise RuntimeError(f"{tool} does not read what is right: {good}")
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(lambda case: outcome(case, tool), CASES))


def page(columns: dict[str, list[Outcome]]) -> str:
    """Return the page."""
    lines = [_HEAD.format(dynaconf=version("dynaconf"), pydantic=version("pydantic-settings"))]
    lines.append(f"| mistake | {' | '.join(TOOLS)} |")
    lines.append("|---|---|---|---|")
    for index, case in enumerate(CASES):
        cells = " | ".join(str(columns[tool][index]) for tool in TOOLS)
        lines.append(f"| {case.title} | {cells} |")
    lines += ["", "| of the mistakes that a tool can have | refused | warned | silent |"]
    lines.append("|---|---|---|---|")
    for tool in TOOLS:
        verdicts = [one.verdict for one in columns[tool]]
        counts = [str(verdicts.count(verdict)) for verdict in ("refused", "warned", "silent")]
        lines.append(f"| {tool} | {' | '.join(counts)} |")
    return "\n".join(lines) + "\n"


_HEAD = """\
# Mistakes in a configuration: rocketpy and its peers

Made by `python -m scripts.comparison --write`; the mistakes are in `scripts/mistakes.py`, where
each stands as it is written for each tool. A service with the same keys is read by `rocketpy
check`, by dynaconf {dynaconf} with a validator for every key, and by pydantic-settings {pydantic}
with a TOML source; each with its defaults otherwise. What a tool takes as it was meant (pydantic
reads `ROCKET_GREETING=123` as a text) is no mistake in it.

*Refused* ends with an error, *warned* goes on and says something, *silent* goes on and says
nothing; `rocketpy check --strict` refuses what is warned of here. Then which of these the output
names: the key as it is written, its source (the file or the variable), the line, and the remedy
(what to write instead). — is for what a tool does not have.
"""


def main() -> None:
    """Print the page, or write it."""
    text = page({tool: column(tool) for tool in TOOLS})
    if "--write" in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
