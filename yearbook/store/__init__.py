"""The image store and the one HTTP client."""
