"""The traffic that the interpreter's profile is trained on. Run by the instrumented interpreter.

What services do between a request and its response, in many small pieces and nothing that depends
on the time, on threads or on the network, so that each run counts the same.

Usage: python training.py PACKAGES
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])

import base64
import binascii
import collections
import contextlib
import copy
import csv
import dataclasses
import datetime
import decimal
import enum
import functools
import hashlib
import heapq
import html
import importlib.util
import io
import itertools
import json
import math
import os
import pickle
import random
import re
import select
import socket
import string
import struct
import tomllib
import urllib.parse
import uuid
import zlib
from email.utils import formatdate, parsedate_to_datetime
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

import falcon
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from waitress.task import WSGITask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 150
"""How often each kind of traffic is sent; the counts matter to each other, not by themselves."""
SEED = 5

TEXT = """The quick brown fox — Grüße, 你好, Здравствуйте, emoji 🚀 — jumps over the lazy dog.
Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt."""

TOML = """
title = "service"
[default]
address = "0.0.0.0"
port = 8000
limits = { form = "64 kB", json = "1 MiB", "file/jpg" = 5242880 }
[release]
workers = 4
ratio = 0.25
dates = [1979-05-27T07:32:00Z, 1979-05-27]
names = ["a", 'b', \"\"\"long
text\"\"\"]
[[release.upstream]]
url = "http://example.org:8080/path?x=1"
weight = 3
[[release.upstream]]
url = "http://example.net/"
weight = 0x10
"""


class Greeting:
    """Answers with JSON, from the path, the query and the cookies."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Greet."""
        if name == "nobody":
            raise falcon.HTTPNotFound(title="Nobody", description="No such person")
        resp.media = {
            "message": f"Hello, {name}! {req.get_param('occupation', default='')}",
            "limit": req.get_param_as_int("limit", default=10),
            "tags": req.get_param_as_list("tags", default=[]),
            "agent": req.user_agent,
            "forwarded": req.access_route,
            "cookies": req.cookies,
        }
        resp.set_cookie("session", "abc123", max_age=60, http_only=True)
        resp.etag = "v1"
        resp.cache_control = ["no-store", "private"]


class Things:
    """Takes JSON and forms."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Store one."""
        media = req.get_media()
        resp.status = falcon.HTTP_201
        resp.location = f"/things/{len(media)}"
        resp.media = {"stored": media, "size": sum(len(str(v)) for v in media.values())}

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them as text."""
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = TEXT * 10 if req.client_accepts("text/plain") else ""


class Item:
    """Has two parts of its path as arguments."""

    def on_get(self, _req: falcon.Request, resp: falcon.Response, group: str, item: int) -> None:
        """Tell them."""
        resp.media = {"group": group, "item": item}


class Stamp:
    """Middleware, as services have."""

    def process_request(self, req: falcon.Request, _resp: falcon.Response) -> None:
        """Number the request."""
        req.context.number = str(uuid.UUID(int=len(req.path)))

    def process_response(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        _resource: object,
        req_succeeded: bool,  # noqa: FBT001  (Falcon's signature)
    ) -> None:
        """Send the number back."""
        resp.set_header("X-Request-ID", req.context.number)
        resp.set_header("X-Outcome", "ok" if req_succeeded else "failed")


def application() -> Any:
    """Return a service with a handful of routes."""
    app = falcon.App(middleware=[Stamp()])
    app.add_route("/hello/{name}", Greeting())
    app.add_route("/things", Things())
    for number in range(20):
        app.add_route(f"/v{number}/{{group}}/items/{{item:int}}", Item())
    return app


REQUESTS = [
    ("GET", "/hello/World", "occupation=Developer&limit=5&tags=a,b,c", b"", ""),
    ("GET", "/hello/J%C3%BCrgen", "occupation=%E4%BD%A0%E5%A5%BD+x", b"", ""),
    ("GET", "/hello/nobody", "", b"", ""),
    ("GET", "/missing", "", b"", ""),
    ("POST", "/things", "", json.dumps({"name": TEXT, "n": [1, 2.5, None]}).encode(), "json"),
    ("POST", "/things", "", b"{broken", "json"),
    ("POST", "/things", "", b"a=1&b=two+words&c=%C3%BC&c=3", "x-www-form-urlencoded"),
    ("GET", "/things", "", b"", ""),
    ("GET", "/v7/blue/items/12", "", b"", ""),
    ("PUT", "/things", "", b"", ""),
]


class Channel:
    """The part of a connection that waitress's task writes to."""

    addr: tuple[str, int] = ("192.0.2.7", 40000)
    creation_time = 0

    def __init__(self) -> None:
        self.out: list[bytes] = []
        self.server = self
        self.adj: Adjustments = Adjustments(ident="trained")
        self.application: Any = application()
        self.effective_host: str = "localhost"
        self.effective_port: int = 8000
        self.server_name: str = "localhost"

    def get_server_info(self) -> None:
        """Nothing to tell."""

    def write_soon(self, data: Any) -> int:
        """Take a piece of the response."""
        self.out.append(bytes(data))
        return len(data)

    def check_client_disconnected(self) -> bool:
        """Say that the client is there."""
        return False


def raw(method: str, path: str, query: str, body: bytes, kind: str) -> bytes:
    """Return a request as it comes from a socket."""
    lines = [
        f"{method} {path}{'?' if query else ''}{query} HTTP/1.1",
        "Host: localhost:8000",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) training/1.0",
        "Accept: text/html,application/json;q=0.9,*/*;q=0.8",
        "Accept-Encoding: gzip, deflate, br",
        "Cookie: session=abc123; theme=dark",
        "X-Forwarded-For: 203.0.113.9, 198.51.100.2",
        *([f"Content-Type: application/{kind}", f"Content-Length: {len(body)}"] if body else ()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def requests() -> None:
    """Parse requests, answer them through Falcon, write the responses."""
    channel = Channel()
    ends = socket.socketpair()
    for _, request in itertools.product(range(8), REQUESTS):
        ends[0].sendall(raw(*request))
        select.select([ends[1]], [], [], 5)
        data = ends[1].recv(65536)
        parser = HTTPRequestParser(channel.adj)
        while data and not parser.completed:
            data = data[parser.received(data) :]
        task = WSGITask(channel, parser)
        task.service()
        ends[1].sendall(b"".join(channel.out))
        ends[0].recv(1 << 20)
        channel.out.clear()
    for end in ends:
        end.close()


def documents() -> None:
    """Read and write JSON, TOML, CSV and pickles."""
    rng = random.Random(SEED)
    rows = [
        {"id": n, "name": TEXT[n % 40 : n % 40 + 20], "score": rng.random(), "ok": n % 3 == 0}
        for n in range(200)
    ]
    for indent in (None, 2):
        text = json.dumps({"rows": rows, "next": None}, indent=indent, sort_keys=True)
        assert json.loads(text)["rows"] == rows
        json.loads(text.encode())
    json.dumps(rows[:20], ensure_ascii=False, default=str)
    for _ in range(6):
        tomllib.loads(TOML)
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "name", "score", "ok"])
    writer.writerows(rows)
    list(csv.reader(io.StringIO(out.getvalue())))
    copied = pickle.loads(pickle.dumps(rows))
    copy.deepcopy(copied[:50])


WORDS = re.compile(r"\b(?P<first>\w)(?P<rest>\w*)\b")
ADDRESS = re.compile(r"^(?:(\d{1,3})\.){3}(\d{1,3})$|^[0-9a-f:]+$", re.IGNORECASE)


def texts() -> None:
    """Search, split, join, format, encode and escape."""
    for _ in range(20):
        words = [match["rest"] for match in WORDS.finditer(TEXT)]
        WORDS.sub(lambda m: m["first"].upper() + m["rest"], TEXT)
        [ADDRESS.match(text) for text in ("127.0.0.1", "::1", "not an address", "10.0.0.256")]
        re.split(r"[,;]\s*", "a, b; c,d")
        sorted(words, key=str.casefold)
        " ".join(words).title().strip().replace("o", "0").split("0")
        html.escape(f"<p class='x'>{TEXT}</p>")
        string.Template("$who likes ${what}").substitute(who="tim", what="kung pao")
        urllib.parse.parse_qs("a=1&b=2&b=3&c=%C3%BC")
        urllib.parse.urlsplit("https://user@example.org:8443/a/b;c?d=e#f")
        urllib.parse.quote(TEXT), urllib.parse.urlencode({"q": TEXT, "n": 5})
        TEXT.encode().decode(), TEXT.encode("utf-16").decode("utf-16")
        _ = "%s %-10s %05d %r" % ("a", "b", 42, "c"), f"{3.14159:.2f} {255:#x} {1e6:,}"
        TEXT[:40].isidentifier(), TEXT.find("dog"), TEXT.count("o"), TEXT.partition("—")
        cookie = SimpleCookie("a=1; b=two")
        cookie["c"] = "x y"
        cookie.output()


class Colour(enum.Enum):
    """An enumeration."""

    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass(order=True)
class Point:
    """A small object, compared and copied."""

    x: int
    y: int = 0
    colour: Colour = dataclasses.field(default=Colour.RED, compare=False)

    @property
    def length(self) -> float:
        """Its distance from the origin."""
        return math.hypot(self.x, self.y)

    def __add__(self, other: Point) -> Point:
        return Point(self.x + other.x, self.y + other.y)


@functools.lru_cache(maxsize=64)
def fibonacci(n: int) -> int:
    """Recurse."""
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def _plain(n: int) -> int:
    return n if n < 2 else _plain(n - 1) + _plain(n - 2)


def _counting(limit: int) -> Iterator[int]:
    with contextlib.suppress(GeneratorExit):
        for n in range(limit):
            try:
                if n % 7 == 0:
                    raise ValueError(n)
                yield n
            except ValueError as error:
                yield -int(str(error))


def objects() -> None:
    """Make, compare, sort and drop objects; call, loop, raise and catch."""
    rng = random.Random(SEED)
    points = [Point(rng.randrange(100), rng.randrange(100)) for _ in range(300)]
    sorted(points), max(points, key=lambda p: p.length)
    functools.reduce(lambda a, b: a + b, points)
    dataclasses.asdict(points[0]), dataclasses.replace(points[0], x=5)
    groups = collections.defaultdict(list)
    for point in points:
        groups[point.x % 10].append(point)
    collections.Counter(p.y for p in points).most_common(3)
    heap: list[int] = []
    for point in points:
        heapq.heappush(heap, point.x)
    [heapq.heappop(heap) for _ in range(len(heap))]
    queue = collections.deque(range(50), maxlen=40)
    queue.rotate(3)
    sum(_counting(500)), _plain(14), fibonacci(60)
    {k: v for k, v in zip(range(200), map(str, range(200)), strict=True) if k % 2}
    set(range(100)) & set(range(50, 150)) | {1, 2, 3}
    [a * b for a in range(20) for b in range(20) if a != b]
    isinstance(points[0], Point), getattr(points[0], "z", None), Colour("blue").name
    list(itertools.chain.from_iterable(_batched(range(50))))


def _batched(values: range) -> Iterator[list[int]]:
    source = iter(values)
    while part := list(itertools.islice(source, 7)):
        yield part


def numbers() -> None:
    """Reckon with dates, decimals, digests and bytes."""
    day = datetime.datetime(2026, 1, 31, 12, 30, tzinfo=datetime.UTC)
    for n in range(60):
        moment = day + datetime.timedelta(days=n, seconds=n * 37)
        datetime.datetime.fromisoformat(moment.isoformat())
        moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
        parsedate_to_datetime(formatdate(n * 1000, usegmt=True))
        decimal.Decimal("19.99") * n + decimal.Decimal(n) / 7
        uuid.UUID(int=n * 2**64).hex, str(uuid.UUID("12345678123456781234567812345678"))
        data = struct.pack("<IHq3s", n, n, -n, b"abc") + os.fsencode(TEXT)
        struct.unpack_from("<IHq", data)
        hashlib.sha256(data).hexdigest(), binascii.crc32(data)
        base64.b64decode(base64.b64encode(data)), base64.urlsafe_b64encode(data[:9])
        bytearray(data).replace(b"a", b"b").hex(), memoryview(data)[3:9].tobytes()
        sum(x * x % 97 for x in range(100)), (n << 70) // 3, divmod(n, 7), round(n / 3, 2)
    zlib.decompress(zlib.compress(TEXT.encode() * 50))


def models() -> Callable[[], None]:
    """Return traffic through pydantic: validation, errors, dumps and settings."""
    from pydantic import BaseModel, Field, ValidationError, field_validator
    from pydantic_settings import BaseSettings, SettingsConfigDict

    class Address(BaseModel):
        street: str
        number: int = Field(gt=0)

    class Person(BaseModel):
        name: str = Field(min_length=1, pattern=r"^\w")
        born: datetime.date
        addresses: list[Address] = []
        tags: set[str] = set()
        balance: decimal.Decimal | None = None

        @field_validator("name")
        @classmethod
        def strip(cls, value: str) -> str:
            return value.strip()

    class Settings(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="TRAIN_", extra="allow")
        port: int = 8000
        limits: dict[str, int] = {}

    person = {
        "name": "Jürgen ",
        "born": "1980-02-29",
        "addresses": [{"street": TEXT[:30], "number": str(n)} for n in range(1, 6)],
        "tags": ["a", "b"],
        "balance": "12.50",
    }

    def traffic() -> None:
        for n in range(30):
            valid = Person.model_validate(person)
            Person.model_validate_json(valid.model_dump_json())
            valid.model_dump(mode="json"), valid == valid.model_copy()
            try:
                Person.model_validate({"name": "", "born": "x", "addresses": [{"number": -n}]})
            except ValidationError as error:
                error.errors(), str(error)
        for n in range(3):
            Settings(port=n, limits={"form": n, "json": 5}).model_dump()

    return traffic


def main() -> None:
    """Send all traffic."""
    kinds = [requests, documents, texts, objects, numbers]
    if importlib.util.find_spec("pydantic_settings"):
        kinds.append(models())
    for _, kind in itertools.product(range(ROUNDS), kinds):
        kind()


if __name__ == "__main__":
    main()
