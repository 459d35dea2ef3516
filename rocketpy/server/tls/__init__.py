"""HTTPS: what connections are encrypted with, and sockets that are.

In: the tables `tls` and `tls.mutual` of the configuration; listening sockets.
Out: an `ssl.SSLContext` or an error that names key and place (`context`, `pem`); a listener whose
connections speak TLS and otherwise behave as plain sockets do (`secure_socket`, `client_hello`).
`ssl` is imported only here, so that a service without TLS need not have it.
"""
