"""packaging/native."""
