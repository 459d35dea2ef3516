"""packaging/image."""
