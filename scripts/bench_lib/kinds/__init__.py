"""The kinds of measurement, one file for each family."""
