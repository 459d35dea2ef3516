"""packaging/interpreter."""
