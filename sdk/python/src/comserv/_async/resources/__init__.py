"""A class for each group of calls."""
