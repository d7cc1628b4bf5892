"""Where packages come from, and what may happen to them without us."""
