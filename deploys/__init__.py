"""What kind of host: a module a kind, listing its roles in order."""
