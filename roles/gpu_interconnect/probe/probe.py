"""`python3 probe.py --json`: measures the GPUs it is given and prints one JSON document."""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    # its folder is mounted anywhere, under any name: it is a package of that name
    here = Path(__file__).resolve().parent
    sys.path.insert(0, str(here.parent))
    sys.exit(importlib.import_module(f"{here.name}.main").main())
