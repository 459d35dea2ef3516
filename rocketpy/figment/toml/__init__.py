"""figment/toml."""
