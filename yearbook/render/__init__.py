"""Markdown to clean HTML: `Post` in, `Chapter` out."""
