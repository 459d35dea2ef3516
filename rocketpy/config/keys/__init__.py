"""config/keys."""
