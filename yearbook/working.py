"""Where a worker begins: what it loads brings hundreds of patterns, so those come first."""

import importlib

from yearbook.patterns import use_patterns

if __name__ == "__main__":
    keep = use_patterns("worker")
    importlib.import_module("yearbook.worker").main(keep)
