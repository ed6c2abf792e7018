"""Turn a year of somebody's blog into a printed book."""

__version__ = "0.1.0"
