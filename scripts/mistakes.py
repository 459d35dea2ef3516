"""The mistakes that scripts/comparison.py makes, as they are written for each tool."""

from __future__ import annotations

from typing import NamedTuple

ROCKETPY, DYNACONF, PYDANTIC = "rocketpy", "dynaconf", "pydantic-settings"
WITH_PROFILES = (ROCKETPY, DYNACONF)
GOOD = "database.url = 'sqlite'\n"
"""What every file has, since the key is required."""
SECRET = "hunter2secret"  # noqa: S105  (it is to be looked for)
FILES = {ROCKETPY: "Rocket.toml", DYNACONF: "settings.toml", PYDANTIC: "settings.toml"}
_PREFIXES = {ROCKETPY: "ROCKET_", DYNACONF: "APP_", PYDANTIC: "APP_"}


class Inputs(NamedTuple):
    """What a tool reads.

    Attributes:
        files: the files, by path; None is a folder.
        env: the variables.
        source: a pattern of the source's name.
        line: the line of the mistake; 0 for none.
    """

    files: dict[str, bytes | None]
    env: dict[str, str]
    source: str
    line: int


class Case(NamedTuple):
    """A mistake. The file has a required key on the line before `keys`.

    Attributes:
        title: what is wrong.
        named: a pattern of the key, the table or the file, as it is written.
        remedy: a pattern of what is to be written instead.
        keys: the keys of the file, in the profile that every service has.
        line: the line of the mistake among these, from 1; 0 for none.
        variables: the variables, without their prefix; a name that begins with `=` has none.
        whole: the whole text of the file, instead of `keys`.
        files: more files by their path; `FILE` stands for the file's name, None is a folder.
        only: the tools that have such a thing.
        required: whether the required key is left out.
        secret: whether a secret stands beside the mistake, which must not be shown.
        many: patterns of several keys, all of which are wrong.
    """

    title: str
    named: str
    remedy: str
    keys: str = ""
    line: int = 0
    variables: tuple[tuple[str, str], ...] = ()
    whole: str | bytes = ""
    files: tuple[tuple[str, str | None], ...] = ()
    only: tuple[str, ...] = (ROCKETPY, DYNACONF, PYDANTIC)
    required: bool = False
    secret: bool = False
    many: tuple[str, ...] = ()

    def inputs(self, tool: str) -> Inputs | None:
        """Return what is written for a tool; None where it has no such thing."""
        if tool not in self.only:
            return None
        file = FILES[tool]
        before = ("" if tool == PYDANTIC else "[default]\n") + ("" if self.required else GOOD)
        whole = self.whole or before + self.keys
        files: dict[str, bytes | None] = {}
        files[file] = whole if isinstance(whole, bytes) else whole.encode()
        for name, text in self.files:
            if name == "-FILE":
                del files[file]
            else:
                files[name.replace("FILE", file)] = None if text is None else text.encode()
        env = {
            name[1:] if name.startswith("=") else _PREFIXES[tool] + name: value
            for name, value in self.variables
            if not name.startswith("=") or self._is_for(name, tool)
        }
        source = "|".join([*env, *map(_pattern, {file: b"", **files})])
        shift = 0 if self.whole else before.count("\n")
        return Inputs(files, env, source, self.line and self.line + shift)

    @staticmethod
    def _is_for(name: str, tool: str) -> bool:
        return tool == (DYNACONF if "DYNACONF" in name else ROCKETPY)


def _pattern(file: str) -> str:
    return file.replace(".", r"\.")


def _key(name: str) -> str:
    return rf"(?i)(\b|_){name}\b"


PORT, WORKERS, MODE, POOL = map(_key, ("port", "workers", "mode", "pool"))
INTEGER = r"(?i)whole number|integer|\bint\b|0 to 65535|65535"
NAMES = r"fast.*safe|normal.*debug"

NO_WORKERS = r"(?i)1 or more|greater than or equal to 1|gte 1"
OTHER_CASE = (("-FILE", ""), ("SETTINGS.TOML", "port = 1\n"), ("ROCKET.TOML", "port = 1\n"))
ABOVE = (("-FILE", ""), ("../FILE", f"[default]\n{GOOD}"))

GOOD_CASE = Case("none", "", "", "port = 80", variables=(("WORKERS", "2"),))
CASES = (
    Case("a text for a number", PORT, INTEGER, "port = '80a'", 1),
    Case("a number with a fraction", PORT, INTEGER, "port = 80.5", 1),
    Case("an array for a number", PORT, INTEGER, "port = [80]", 1),
    Case("a boolean for a number", PORT, INTEGER, "port = true", 1),
    Case("a number that is too large", PORT, INTEGER, "port = 70000", 1),
    Case("no workers", WORKERS, NO_WORKERS, "workers = 0", 1),
    Case("a number for a boolean", _key("cli_colors"), r"(?i)true|bool", "cli_colors = 2", 1),
    Case("a name that is not among the allowed", MODE, NAMES, "mode = 'fats'", 1),
    Case("a level of another program", _key("log_level"), NAMES, "log_level = 'info'", 1),
    Case("a placeholder for a variable", PORT, r"(ROCKET|APP)_", "port = '${PORT}'", 1),
    Case("a misspelt key", _key("prot"), PORT, "prot = 9000", 1),
    Case("a misspelt key of the application", _key("greting"), "greeting", "greting = 'Hi'", 1),
    Case("a misspelt key in a table", _key("pol"), POOL, "database.pol = 9", 1),
    Case("a key that a table does not have", _key("timeout"), POOL, "database.timeout = 9", 1),
    Case("a required key is missing", _key("database"), r"(?i)add|required", "", required=True),
    Case(
        "a required key is missing, and a near one is given",
        _key("databse"), r"did you mean|\bdatabase\b", "databse.url = 'x'", 1, required=True,
    ),
    Case("a text without quotes", _key("greeting"), r"(?i)in quotes", "greeting = Hello", 1),
    Case("YAML in TOML", _key("port"), "write `port = ", "port: 9000", 1),
    Case("`True`", _key("cli_colors"), "true", "cli_colors = True", 1),
    Case("`null`", _key("greeting"), "leave", "greeting = null", 1),
    Case("quotes of a word processor", "greeting", "straight", "greeting = \u201cHi\u201d", 1),
    Case("a Windows path", "greeting", r"'…'", 'greeting = "C:\\data"', 1),
    Case("an inline table on several lines", "database", r"\[", "x = {\n a = 1\n}", 1),
    Case("a semicolon", "port", "end the line", "port = 80;", 1),
    Case("a leading zero", "port", "zeros", "port = 08000", 1),
    Case("a key twice", "port", "one of", "port = 1\nport = 2", 2),
    Case("a merge that is not resolved", "<<<<", "resolve", "<<<<<<< HEAD\nport = 1", 1),
    Case(
        "a key above the tables", "port", r"\[default\]",
        whole=f"port = 80\n[default]\n{GOOD}", line=1, only=WITH_PROFILES,
    ),
    Case("a file that is not UTF-8", "", "UTF-8", whole=b'[default]\ngreeting = "\xff"\n', line=2),
    Case("a variable of the wrong type", PORT, INTEGER, variables=(("PORT", "x"),)),
    Case("an empty variable", PORT, INTEGER, variables=(("PORT", ""),)),
    Case("a misspelt variable", "PROT", "_PORT", variables=(("PROT", "9000"),)),
    Case("a variable that nothing reads", "FOO", "", variables=(("FOO", "1"),)),
    Case(
        "one underscore between table and key", "DATABASE_POOL", "DATABASE__POOL",
        variables=(("DATABASE_POOL", "9"),),
    ),
    Case(
        "JSON for a table in a variable", "(?i)database", r"\{key=|DATABASE__",
        variables=(("DATABASE", '{"url": "x"}'),), only=WITH_PROFILES,
    ),
    Case(
        "a number for a text in a variable", "(?i)greeting", """'"123"'""",
        variables=(("GREETING", "123"),), only=WITH_PROFILES,
    ),
    Case(
        "a Kubernetes service link", PORT, "enableServiceLinks",
        variables=(("PORT", "tcp://10.0.0.1:80"),),
    ),
    Case("a variable that is not expanded", PORT, "to the value", variables=(("PORT", "${P}"),)),
    Case(
        "a file of a secret that is not there", "DATABASE__URL_FILE", "must name",
        variables=(("DATABASE__URL_FILE", "/run/none"),),
    ),
    Case(
        "one variable in two cases", "port", "(?i)unset", variables=(("PORT", "1"), ("port", "2")),
    ),
    Case(
        "a profile that is written nowhere", "relase", "release", keys="",
        variables=(("=ROCKET_PROFILE", "relase"), ("=ENV_FOR_DYNACONF", "relase")),
        only=WITH_PROFILES,
    ),
    Case(
        "a misspelt profile", "relase", r"`\[release\]`", "[relase]\nport = 1", 1,
        only=WITH_PROFILES,
    ),
    Case(
        "a table of the application at the top", r"\[database\]", r"\[default\.database\]",
        "[database]\npool = 1", 1, only=WITH_PROFILES,
    ),
    Case(
        "a table in the file of a profile", r"\[debug\]", "without a table",
        files=(("profiles/debug.toml", "[debug]\nport = 1\n"),), only=(ROCKETPY,),
    ),
    Case(
        "a variable names a file that is not there", "gone.toml", "name a file|unset",
        variables=(
            ("DATABASE__URL", "x"), ("=ROCKET_CONFIG", "gone.toml"),
            ("=SETTINGS_FILE_FOR_DYNACONF", "gone.toml"),
        ),
        only=WITH_PROFILES,
    ),
    Case(
        "the file has another case", r"(?i)FILE|\.TOML", "must be",
        variables=(("DATABASE__URL", "x"),), files=OTHER_CASE,
    ),
    Case(
        "a folder has the file's name", r"(?i)(Rocket|settings)\.toml", "folder|directory",
        variables=(("DATABASE__URL", "x"),), files=(("FILE", None),),
    ),
    Case(
        "the file is in a folder above", r"\.\./(Rocket|settings)\.toml", "start in|ROCKET_CONFIG",
        variables=(("DATABASE__URL", "x"),), files=ABOVE,
    ),
    Case("a secret without quotes", "api_token", "", f"api_token = {SECRET}", 1, secret=True),
    Case(
        "a secret of the wrong type", "api_token", r"(?i)text|string|\bstr\b",
        f"api_token = ['{SECRET}']", 1, secret=True,
    ),
    Case(
        "a password in an address of the wrong type", "url", r"(?i)text|string|\bstr\b",
        f"database.url = ['postgres://ann:{SECRET}@db/x']", 1, required=True, secret=True,
    ),
    Case(
        "a syntax error, and a wrong variable", "(?i)workers", INTEGER,
        "port = = 1", 1, variables=(("WORKERS", "x"),), many=("line [23]|:[23]:", WORKERS),
    ),
    Case(
        "four wrong keys", PORT, INTEGER,
        "port = 'x'\nworkers = 'y'\nmode = 'z'\ndatabase.pool = 'p'", 1,
        many=(PORT, WORKERS, MODE, POOL),
    ),
)  # fmt: skip
