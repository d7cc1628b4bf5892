"""A program that proves what a host's GPUs tell each other; it runs on its own, in a container."""
