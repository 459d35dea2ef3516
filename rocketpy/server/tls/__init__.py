"""server/tls."""
