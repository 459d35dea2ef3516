"""Rocket's vocabulary: every key's type, and Config."""
