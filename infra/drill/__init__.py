"""The rebuild drill: a node brought back from clean, timed, while the others serve."""
