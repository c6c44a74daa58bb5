"""Where the tests find what lies outside of them."""

from pathlib import Path

REPO = Path(__file__).parents[1]
