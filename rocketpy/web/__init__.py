"""What Config means to a Falcon app."""
