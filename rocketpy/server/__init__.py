"""The server: an application and its configuration become a service.

Enters: a WSGI application and its configuration. Leaves: answers on sockets, and an exit code.
`launch.py` is the entrance. Below it, each using those after it: `process/` (signals, worker
processes, reload), `tls/`, `loop/` (sockets and threads), `http/` (bytes to requests and answers).
`observe/` holds the access log, the metrics and the probes.
"""
