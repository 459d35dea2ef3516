"""What runs inside an executable before the application does."""
