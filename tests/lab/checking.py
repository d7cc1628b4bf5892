"""Judges one role of one node again and again in one process: `node role` in, verdicts out.

What `infra check --limit NODE --role ROLE` does, without a new process for each question.
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from infra import compliance  # noqa: E402
from infra.holder import me  # noqa: E402
from infra.site import load  # noqa: E402


def verdicts(inventory: Path, node: str, role: str) -> dict[str, str]:
    """Word by check."""
    chosen = [one for one in load(inventory).nodes if one.name == node]
    report = compliance.run(chosen, inventory=inventory, roles={role}, holder=me("infra check"))
    return {one.check: one.verdict for one in report.verdicts}


def main() -> None:
    """An answer a line."""
    for line in sys.stdin:
        node, role = line.split()
        print(json.dumps(verdicts(Path(sys.argv[1]), node, role)), flush=True)


if __name__ == "__main__":
    main()
