"""Measures the start: importing, and resolving the demo's configuration.

    python benchmarks/load.py [--rounds N]

Every figure is the wall time of some work in a fresh process, without the interpreter's own start.
The candidates run in turn and the figures are medians; only their ratios hold on other machines.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

PYDANTIC = """
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict, TomlConfigSettingsSource
class Limits(BaseModel):
    json_: int = 1048576
    file: int = 1048576
class Shutdown(BaseModel):
    ctrlc: bool = True
    signals: list[str] = ["term"]
    grace: int = 2
    mercy: int = 3
class Table(BaseModel):
    address: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    max_blocking: int = 512
    ident: str = "Rocket"
    keep_alive: int = 5
    limits: Limits = Limits()
    shutdown: Shutdown = Shutdown()
class Settings(BaseSettings):
    model_config = SettingsConfigDict(toml_file="Rocket.toml", env_prefix="ROCKET_", extra="ignore")
    default: Table = Table()
    @classmethod
    def settings_customise_sources(cls, settings_cls, init_settings, env_settings, **others):
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
"""

DYNACONF = """
from dynaconf import Dynaconf
"""

IMPORTS = {
    "rocketpy": "import rocketpy",
    "rocketpy.figment": "import rocketpy.figment",
    "rocketpy.Config": "import rocketpy; rocketpy.Config",
    "falcon + waitress + pydantic-settings": "import falcon, waitress, pydantic_settings",
    "pydantic-settings": "import pydantic_settings",
    "dynaconf": "import dynaconf",
}

RESOLVE = {
    "rocketpy: import + Config()": ("", "import rocketpy\nassert rocketpy.Config().port == 8000"),
    "rocketpy: import + Rocket's keys alone": (
        "",
        (
            "from rocketpy.config.sources import figment\n"
            "from rocketpy.config.keys.table import decode\n"
            "assert figment().extract(decode)['port'] == 8000"
        ),
    ),
    "pydantic-settings: import + Settings()": (
        "",
        f"{PYDANTIC}\nassert Settings().default.port == 8000",
    ),
    "dynaconf: import + read": (
        "",
        (
            f"{DYNACONF}\nsettings = Dynaconf(settings_files=['Rocket.toml'], environments=True, "
            "envvar_prefix='ROCKET')\nassert settings.get('port', 8000) == 8000"
        ),
    ),
    "rocketpy: Config() alone": (
        "import rocketpy; rocketpy.Config()",
        "assert rocketpy.Config().port == 8000",
    ),
    "pydantic-settings: Settings() alone": (
        f"{PYDANTIC}\nSettings()",
        "assert Settings().default.port == 8000",
    ),
    "dynaconf: read alone": (
        (
            f"{DYNACONF}\ndef read():\n    settings = Dynaconf(settings_files=['Rocket.toml'], "
            "environments=True, envvar_prefix='ROCKET')\n"
            "    return settings.get('port', 8000)\nread()"
        ),
        "assert read() == 8000",
    ),
}

TIMED = """
import time
{before}
start = time.perf_counter()
{work}
print(time.perf_counter() - start)
"""


def once(before: str, work: str, folder: str) -> float:
    """Return the milliseconds that some work takes in a fresh process."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    code = TIMED.format(before=before, work=work)
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, check=True
    )
    return float(run.stdout) * 1000


def compare(work: dict[str, tuple[str, str]], reference: str, rounds: int, folder: str) -> None:
    """Time all in turn and print medians, and their ratios to one of them."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds + 1):
        for name, (before, code) in work.items():
            times[name].append(once(before, code, folder))
    base = statistics.median(times[reference][1:])
    for name, found in times.items():
        # The first round fills the file cache.
        middle = statistics.median(found[1:])
        low, high = min(found[1:]), max(found[1:])
        print(f"  {name:40} {middle:8.1f} ms  {middle / base:5.2f}  ({low:.1f}-{high:.1f})")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=11, help="runs that count (default: 11)")
    rounds = parser.parse_args().rounds
    naive = "falcon + waitress + pydantic-settings"
    with tempfile.TemporaryDirectory() as folder:
        demo = (ROOT / "Rocket.toml").read_text(encoding="utf-8")
        pathlib.Path(folder, "Rocket.toml").write_text(demo, encoding="utf-8")
        print(f"import; ratio to {naive}, imported naively")
        compare({name: ("", code) for name, code in IMPORTS.items()}, naive, rounds, folder)
        print("resolve the demo's configuration; ratio to the same import")
        work = {naive: ("", IMPORTS[naive])} | RESOLVE
        compare(work, naive, rounds, folder)


if __name__ == "__main__":
    main()
