"""packaging/modules."""
