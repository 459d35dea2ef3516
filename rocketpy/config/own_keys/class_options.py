"""The options that a class of settings may not set, and the types that it may not use.

A `Config` has one way of reading its values, Rocket's. An option for another one is refused when
the class is made, since it would be ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic_settings import BaseSettings

from rocketpy.config.keys.table import KEYS
from rocketpy.config.settings_shape import original_type

if TYPE_CHECKING:
    from rocketpy.config.shape import Shape

_INSTEAD = {
    "env_file": "start with `rocketpy launch --env-file .env`",
    "dotenv_filtering": "start with `rocketpy launch --env-file .env`",
    "env_nested_delimiter": "`ROCKET_DB.URL`, `ROCKET_DB__URL` and `ROCKET_DB={url=…}` all nest",
    "env_nested_max_split": "`ROCKET_DB.URL`, `ROCKET_DB__URL` and `ROCKET_DB={url=…}` all nest",
    "env_prefix": "keys are read from ROCKET_<KEY>; for others, Settings(figment) takes any layers",
    "env_parse_none_str": "`none` is None for a key that may be None",
    "secrets_dir": "ROCKET_SECRETS_DIR names a folder of secrets, and ROCKET_<KEY>_FILE a file",
    "cli_": "`rocketpy launch` has the command line",
    "json_file": "give a figment with the file: Settings(figment.merge(Json.file(…)))",
    "yaml_file": "give a figment with the file: Settings(figment.merge(Yaml.file(…)))",
    "toml_file": "keys stand in Rocket.toml and profiles/; ROCKET_CONFIG names another file",
    "pyproject_toml": "keys stand in Rocket.toml and profiles/; ROCKET_CONFIG names another file",
    "case_sensitive": "variables are read in any case, as Rocket reads them",
}
_HARMLESS = frozenset({"nested_model_default_partial_update", "enable_decoding"})
"""Options that set what is the case anyway, or concern only sources that are not used."""


def refuse_options(settings: type[BaseSettings]) -> None:
    """Refuse a class whose options would be ignored.

    Raises:
        TypeError: it has such an option; the message says what to use instead.
    """
    from pydantic import ConfigDict

    defaults: Any = BaseSettings.model_config
    for option, value in settings.model_config.items():
        if option in ConfigDict.__annotations__ or option in _HARMLESS:
            continue
        if value and value != defaults.get(option):
            raise _refusal(settings, f"the option `{option}`", _instead(option))
    own = settings.settings_customise_sources.__func__  # type: ignore[attr-defined]
    if own is not BaseSettings.settings_customise_sources.__func__:  # type: ignore[attr-defined]
        instead = "a figment has the sources: Settings(figment().merge(…))"
        raise _refusal(settings, "`settings_customise_sources`", instead)


def refuse_nested_settings(settings: type[BaseSettings], shape: Shape) -> None:
    """Refuse a class with a field, at any depth, that is a class of settings itself.

    It would read sources of its own, instead of what stands under the field's key.

    Raises:
        TypeError: there is one.
    """
    for path, kind in shape.all_kinds():
        if isinstance(kind, type) and issubclass(kind, BaseSettings):
            name = ".".join(path)
            raise TypeError(
                f"{settings.__qualname__}: `{name}` is a {kind.__qualname__}, which reads sources "
                f"of its own: derive {kind.__qualname__} from pydantic.BaseModel"
            )


def _instead(option: str) -> str:
    for start, instead in _INSTEAD.items():
        if option.startswith(start):
            return instead
    return "the sources are Rocket's: files, profiles and ROCKET_* variables"


def _refusal(settings: type, what: str, instead: str) -> TypeError:
    return TypeError(
        f"{settings.__qualname__}: {what} has no effect in a rocketpy.Config: {instead}"
    )


def refuse_other_types(settings: type[BaseSettings]) -> None:
    """Refuse a class that gives another type to one of Rocket's keys, which the server reads.

    Raises:
        TypeError: it does.
    """
    for name, key in KEYS.items():
        original = original_type(settings, name)
        if key.rocket and not _fits(settings.model_fields[name].annotation, original):
            raise TypeError(
                f"{settings.__qualname__}: `{name}` is Rocket's key, which the server reads: "
                f"its type is {original}. Give a key of your own another name"
            )


def _fits(annotation: Any, base: Any) -> bool:
    """Whether a field that is declared again holds nothing that the key cannot be."""
    if annotation == base:
        return True
    allowed = tuple(get_origin(part) or part for part in get_args(base) or (base,))
    for part in get_args(annotation) or (annotation,):
        values = get_args(part) if get_origin(part) is Literal else (part,)
        for value in values:
            kind = value if isinstance(value, type) else get_origin(value) or type(value)
            # A literal text may name a member of an enumeration of texts.
            if not any(issubclass(kind, part) or issubclass(part, kind) for part in allowed):
                return False
    return True
