"""HTTP/1.1 as values: bytes to requests, answers to bytes. Nothing here touches a socket.

Enters: what a client sent, and what an application passed to `start_response` and returned.
Leaves: a request that can be read in one way only, or the error it is refused with; the WSGI
`environ`; the bytes of an answer, and whether the connection may be kept after it.
A plain request takes the fast lane (`plain_heads`, `fast_lane`); every other one takes the general
lane, which is waitress's parser and task (`request_parser`, `wsgi_task`). Both give the same.
"""
