"""server/loop."""
