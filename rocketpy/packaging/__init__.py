"""The executable and the image."""
