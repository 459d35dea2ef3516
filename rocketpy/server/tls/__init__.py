"""HTTPS: what connections are encrypted with, and sockets that are.

Enters: the tables `tls` and `tls.mutual` of the configuration; listening sockets.
Leaves: an `ssl.SSLContext` or an error that names key and place (`context`, `pem`); a listener
with connections that are TLS and otherwise as plain sockets (`secure_socket`, `client_hello`).
`ssl` is imported only here, so that a service without TLS need not have it.
"""
