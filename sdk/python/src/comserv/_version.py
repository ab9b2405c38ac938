"""Of this package; pyproject.toml reads it from here."""

version = "0.1.0"
