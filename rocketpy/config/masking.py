"""Texts without the secrets in them: which names are secrets' names, and what is cut out.

Everything here goes by the text alone. What the types of a configuration say is added by
`rocketpy.config.secrets`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rocketpy.figment.kind import REDACTED

if TYPE_CHECKING:
    from collections.abc import Container

_KEYS = (
    "api|private|access|signing|sign|account|encryption|decryption|master|session|shared|auth|ssh"
    "|hmac|cookie|webhook|license"
)
_NAME = re.compile(
    r"secret|passw|passphrase|passcode|token|credential|bearer|authorization"
    rf"|(?:{_KEYS})[_-]?key"
    # Short ones are words of their own, at the end of a name: `db_pass`, `dbPwd`, not `passenger`.
    r"|(?:^|[^A-Za-z])(?:pass|pwd|pin|sig|sas)(?:s|[_-]?code)?$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"[a-z0-9](?:Pass|Pwd|Pin|Sig|Sas)$")

_USERINFO = re.compile(
    r"""
    (?P<before>[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@"'\[]*:)
    (?!\d{1,5}(?:[/?\#\s"',]|$))            # a port
    (?:(?:(?!://)[\s\S])+(?P<at>@)         # a password may hold blanks, slashes, quotes, `@`
    |[\s\S]+)                              # the address is cut short
    """,
    re.VERBOSE,
)
_USER_ALONE = re.compile(r"(?P<before>\bhttps?://)[^/\s:@\"'?#]+@", re.IGNORECASE)
_PRIVATE_KEY = re.compile(r"-----BEGIN[A-Z ]*PRIVATE KEY.*", re.DOTALL)
_WORD = re.compile(r"[\w.-]+")
_ASSIGN = re.compile(r"""\\?["']?[ \t]*(?:=>|[=:])[ \t]*(?P<quote>\\?["'])?""")
_STRUCTURE = re.compile(r"""\s*["']?\s*[{\[]|.*(?:\n|\\n)""", re.DOTALL)
"""A table, a list or several lines, also as an error quotes them: `"{\\"key\\": …}"`."""
_PROFILE = re.compile(r"\A([\w-]+)(?=[.\n]|$)")
"""The first name of a table's header above a statement, which is a profile's."""
_PART_END = re.compile(r"[&;]|\s(?=[\w.-]+\s*=)|[\"'\])}>]+$")
"""What ends a value without quotes; a comma, a quote or a blank may be a part of it."""
_HIDDEN = re.compile(r"Secret\w*\((?:b?'\**'|\[\w*\])\)")
"""What hides itself when it is printed, as pydantic's `SecretStr` does."""


def is_secret_name(key: str) -> bool:
    """Whether a key's name alone says that its value is a secret.

    >>> is_secret_name("api_key"), is_secret_name("db_pass"), is_secret_name("passengers")
    (True, True, False)
    """
    return _NAME.search(key) is not None or _CAMEL.search(key) is not None


def without_password(text: str) -> str:
    """Cut the password, or the token, out of an address.

    >>> without_password("postgres://ann:hunter2@db/app")
    'postgres://ann:[redacted]@db/app'
    >>> without_password("postgres://ann:hunter2"), without_password("http://[::1]:8000/")
    ('postgres://ann:[redacted]', 'http://[::1]:8000/')
    >>> without_password("https://ghp_16C7e42F@github.com/x.git")
    'https://[redacted]@github.com/x.git'
    """
    text = _USERINFO.sub(lambda found: f"{found['before']}{REDACTED}{found['at'] or ''}", text)
    return _USER_ALONE.sub(lambda found: f"{found['before']}{REDACTED}@", text)


def masked_value(text: str, names: Container[str] = ()) -> str:
    """Cut out of a value's text what looks like a secret: passwords, private keys, `name=secret`.

    A text that is a table or a list in some notation, and names a secret in it, is cut from there
    to its end, because the end of the secret is not known.

    Args:
        text: the value.
        names: further names of secrets.

    >>> masked_value("Server=db;AccountKey=abc;Port=1")
    'Server=db;AccountKey=[redacted];Port=1'
    >>> masked_value('{"password": "hunter2", "x": 1}')
    '{"password[redacted]'
    >>> masked_value("User(name='ann', password='a b')")
    "User(name='ann', password='[redacted]')"
    """
    text = _PRIVATE_KEY.sub(REDACTED, without_password(text))
    whole = _STRUCTURE.match(text) is not None
    out, at = "", 0
    for found in _WORD.finditer(text):
        if found.start() < at or not _names_a_secret(found[0], names):
            continue
        assign = _ASSIGN.match(text, found.end())
        if whole:
            return out + text[at : found.end()] + REDACTED
        if assign is None or _HIDDEN.match(text, assign.end()):
            continue
        out += text[at : assign.end()] + REDACTED
        at = _end_of_part(text, assign.end(), assign["quote"])
    return out + text[at:]


def hides_itself(text: str) -> bool:
    """Whether a text is what Python prints of a value that hides itself.

    >>> hides_itself("SecretStr('**********')"), hides_itself("'hunter2'")
    (True, False)
    """
    return _HIDDEN.fullmatch(text) is not None


def _end_of_part(text: str, start: int, quote: str | None) -> int:
    """Return where a value within a text ends: at its second quote, or before what parts values."""
    if quote is not None:
        # A quote that something follows is a part of the value, as is one right behind the first.
        end = re.compile(rf"{re.escape(quote)}(?=[&;,\s)\]}}>]|$)").search(text, start + 1)
        return len(text) if end is None else end.start()
    found = _PART_END.search(text, start)
    return len(text) if found is None else found.start()


def masked_statement(statement: str, names: Container[str] = ()) -> str:
    r"""Return the last line of a statement that could not be read, as it may be shown.

    Args:
        statement: the text, from where the statement begins to the end of a line in it.
        names: further names of secrets.

    Returns:
        The line as it is where no secret is named in the statement. Else nothing of what stands
        behind the name: the rest of its line, and lines below it.

    >>> masked_statement('password: "hunter2"'), masked_statement('tokens = [\n"abc", = 5')
    ('password[redacted]', '[redacted]')
    """
    above, newline, line = statement.rpartition("\n")
    above = _PROFILE.sub(lambda found: found[0] if is_secret_name(found[1]) else "", above)
    if newline and any(_names_a_secret(word, names) for word in _WORD.findall(above)):
        return REDACTED
    for found in _WORD.finditer(line):
        if _names_a_secret(found[0], names):
            equals = re.compile(r"""["']?[ \t]*=[ \t]*""").match(line, found.end())
            return line[: equals.end() if equals else found.end()] + REDACTED
    return masked_value(line, names)


def _names_a_secret(word: str, names: Container[str]) -> bool:
    return any(part in names or is_secret_name(part) for part in word.split("."))
