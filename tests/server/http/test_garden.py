"""The kinds of discrepancy that the HTTP Garden has found between servers: none is here.

Each kind is a stream that some server and some proxy read in two ways (the table "Trophies" of
https://github.com/narfindustries/http-garden). All are refused, and what stands behind them never
reaches the application.
"""

from __future__ import annotations

import pytest

from tests.server.http.stream import Message, read

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def head(*lines: bytes, first: bytes = b"POST / HTTP/1.1") -> bytes:
    return b"\r\n".join((first, b"Host: x", *lines, b"", b""))


def chunked(body: bytes) -> bytes:
    return head(b"Transfer-Encoding: chunked") + body


REFUSED = {
    # Lengths.
    "a length with a plus": head(b"Content-Length: +5") + b"abcde",
    "a length with a minus": head(b"Content-Length: -5"),
    "a length of minus nothing": head(b"Content-Length: -0"),
    "a length with an underscore": head(b"Content-Length: 1_0") + b"a" * 10,
    "a length in hexadecimal": head(b"Content-Length: 0x5") + b"abcde",
    "a length with letters behind it": head(b"Content-Length: 5a") + b"abcde",
    "a length with a comma behind it": head(b"Content-Length: 5,") + b"abcde",
    "a length in two parts": head(b"Content-Length: 1 0") + b"a" * 10,
    "a length in other digits": head("Content-Length: \u0665".encode()),
    "a length in superscript": head(b"Content-Length: \xb2"),
    "an empty length": head(b"Content-Length:"),
    "a length beyond 64 bits": head(b"Content-Length: 18446744073709551617") + b"a",
    "a length with NUL": head(b"Content-Length: 5\0") + b"abcde",
    "a length with VT": head(b"Content-Length: \x0b5") + b"abcde",
    "a length with no-break space": head(b"Content-Length: \xa05") + b"abcde",
    "two lengths": head(b"Content-Length: 5", b"Content-Length: 6") + b"abcde",
    "two lengths in a list": head(b"Content-Length: 5, 6") + b"abcde",
    "the same length twice": head(b"Content-Length: 5", b"Content-Length: 5") + b"abcde",
    "a length of another name's spelling": head(b"Content_Length: 5", b"Content-Length : 5"),
    # Codings.
    "a length beside a coding": head(b"Transfer-Encoding: chunked", b"Content-Length: 5"),
    "an empty coding": head(b"Transfer-Encoding:", b"Content-Length: 5") + b"abcde",
    "a coding that is a list": head(b"Transfer-Encoding: ,chunked") + b"0\r\n\r\n",
    "a coding before chunked": head(b"Transfer-Encoding: identity, chunked") + b"0\r\n\r\n",
    "a coding behind chunked": head(b"Transfer-Encoding: chunked, identity") + b"0\r\n\r\n",
    "chunked twice": head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    "chunked behind VT": head(b"Transfer-Encoding: \x0bchunked") + b"0\r\n\r\n",
    "chunked behind no-break space": head(b"Transfer-Encoding: \xa0chunked") + b"0\r\n\r\n",
    "chunked in quotes": head(b'Transfer-Encoding: "chunked"') + b"0\r\n\r\n",
    "chunked with a parameter": head(b"Transfer-Encoding: chunked;a=b") + b"0\r\n\r\n",
    "a word that begins as chunked": head(b"Transfer-Encoding: chunkedfoo") + b"0\r\n\r\n",
    "a letter that is k in lower case": head("Transfer-Encoding: chun\u212aed".encode()),
    "chunked in HTTP/1.0": head(b"Transfer-Encoding: chunked", first=b"POST / HTTP/1.0"),
    # Chunks.
    "a chunk with a plus": chunked(b"+5\r\nabcde\r\n0\r\n\r\n"),
    "a chunk with a minus": chunked(b"-0\r\n\r\n"),
    "a chunk with 0x": chunked(b"0x5\r\nabcde\r\n0\r\n\r\n"),
    "a chunk with an underscore": chunked(b"0_5\r\nabcde\r\n0\r\n\r\n"),
    "a chunk with a space before": chunked(b" 5\r\nabcde\r\n0\r\n\r\n"),
    "a chunk with a space behind": chunked(b"5 \r\nabcde\r\n0\r\n\r\n"),
    "a chunk with CR behind": chunked(b"5\r\r;a\r\nabcde\r\n0\r\n\r\n"),
    "a chunk without a size": chunked(b"\r\n0\r\n\r\n"),
    "a chunk of an extension alone": chunked(b";a=b\r\n0\r\n\r\n"),
    "a chunk of letters": chunked(b"Z\r\nZZ\r\nZZZ\r\n\r\n"),
    "a chunk beyond 64 bits": chunked(b"10000000000000005\r\nabcde\r\n0\r\n\r\n"),
    "a chunk's line that ends in LF": chunked(b"5\nabcde\r\n0\r\n\r\n"),
    "an extension that ends in LF": chunked(b"5;a\nabcde\r\n0\r\n\r\n"),
    "an extension with CR in it": chunked(b"5;a\rb\r\nabcde\r\n0\r\n\r\n"),
    "a chunk that ends in LF": chunked(b"5\r\nabcde\n0\r\n\r\n"),
    "a chunk that ends in other bytes": chunked(b"5\r\nabcdeXX0\r\n\r\n"),
    "a chunk that ends early": chunked(b"5\r\nabc\r\n0\r\n\r\n"),
    "chunks that end in LF": chunked(b"0\n\r\n"),
    "chunks that end in two LF": chunked(b"0\r\n\n"),
    "a trailer that ends in LF": chunked(b"0\r\nA: b\n\r\n"),
    "a trailer that is folded": chunked(b"0\r\nA: b\r\n c\r\n\r\n"),
    "a trailer without a colon": chunked(b"0\r\nGET / HTTP/1.1\r\n\r\n"),
    "a length in the trailers": chunked(b"0\r\nContent-Length: 5\r\n\r\n"),
    "a coding in the trailers": chunked(b"0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    # Names and values.
    "white space behind a name": head(b"Content-Length : 5") + b"abcde",
    "white space before the first name": b"POST / HTTP/1.1\r\n\tContent-Length: 5\r\n\r\nabcde",
    "a folded line": head(b"A: b", b" Content-Length: 5") + b"abcde",
    "an empty name": head(b": x"),
    "a line without a colon": head(b"GET /smuggled HTTP/1.1"),
    "NUL in a name": head(b"A\0: b"),
    "NUL in a value": head(b"A: b\0c"),
    "CR in a value": head(b"A: b\rContent-Length: 5"),
    "LF in a value": head(b"A: b\nContent-Length: 5"),
    "other letters in a name": head(b"\xffoo: bar"),
    "a name that ends in NUL": head(b"Content-Length\0: 5") + b"abcde",
    "lines that end in LF": b"POST / HTTP/1.1\nHost: x\n\n",
    "lines that end in CR": b"POST / HTTP/1.1\rHost: x\r\r",
    "a head that ends in LF": b"POST / HTTP/1.1\r\nHost: x\r\n\n",
    "two hosts": head(b"Host: y"),
    "no host": b"POST / HTTP/1.1\r\n\r\n",
    # The first line.
    "a version with two digits": head(first=b"GET / HTTP/1.10"),
    "a version that begins as one": head(first=b"GET / HTTP/1.32"),
    "a version with a zero": head(first=b"GET / HTTP/01.1"),
    "a version with a plus": head(first=b"GET / HTTP/+1.1"),
    "a version in lower case": head(first=b"GET / http/1.1"),
    "a version of two": head(first=b"GET / HTTP/2.0"),
    "no version": b"GET /\r\n\r\n",
    "an empty version": head(first=b"GET / "),
    "two versions": head(first=b"GET / HTTP/1.1 HTTP/1.1"),
    "a method with delimiters": head(first=b'G=":<>(e),[T];?" / HTTP/1.1'),
    "a method with NUL": head(first=b"GET\0 / HTTP/1.1"),
    "LF between the words": b"GET /\nHTTP/1.1\r\nHost: x\r\n\r\n",
    "two spaces between the words": head(first=b"GET  / HTTP/1.1"),
    "a tab between the words": head(first=b"GET\t/ HTTP/1.1"),
    "VT between the words": head(first=b"GET\x0b/ HTTP/1.1"),
    "a space before the first word": head(first=b" GET / HTTP/1.1"),
    "a space behind the last word": head(first=b"GET / HTTP/1.1 "),
    "a target that is no URI": head(first=b"GET ! HTTP/1.1"),
    "a target with NUL": head(first=b"GET /\0 HTTP/1.1"),
    "a target with other letters": head(first=b"GET /\xff HTTP/1.1"),
    "a target with a fragment": head(first=b"GET /#a HTTP/1.1"),
    "CR before the first line": b"\r" + head(),
    "LF before the first line": b"\n" + head(),
    "NUL before the first line": b"\0" + head(),
}
ACCEPTED = {
    "an empty line before": (b"\r\n" + head(), b""),
    "zeros before a length": (head(b"Content-Length: 005") + b"abcde", b"abcde"),
    "zeros before a chunk": (chunked(b"0005\r\nabcde\r\n00\r\n\r\n"), b"abcde"),
    "a chunk in capitals": (chunked(b"A\r\n0123456789\r\n0\r\n\r\n"), b"0123456789"),
    "Chunked": (head(b"transfer-encoding: Chunked") + b"0\r\n\r\n", b""),
    "an extension": (chunked(b'5;a=b;c="d"\r\nabcde\r\n0\r\n\r\n'), b"abcde"),
}


@pytest.mark.parametrize("piece", [0, 1])
@pytest.mark.parametrize("kind", REFUSED)
def test_refused(kind: str, piece: int) -> None:
    """It is an error of the client, and nothing of it is served."""
    reading = read(REFUSED[kind] + SMUGGLED, piece)
    assert reading.messages == []
    assert reading.refused in {400, 413, 501, 505}


@pytest.mark.parametrize("piece", [0, 1])
@pytest.mark.parametrize("kind", ACCEPTED)
def test_accepted(kind: str, piece: int) -> None:
    """What can be read in one way only is served, and so is what stands behind it."""
    stream, body = ACCEPTED[kind]
    reading = read(stream + SMUGGLED, piece)
    assert reading.messages == [Message("POST", "/", body), Message("GET", "/smuggled", b"")]
    assert reading.refused is None
