"""What scripts/bench is made of: rows to measure, contenders to measure them on, load tools, tables."""
