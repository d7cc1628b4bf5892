"""Where commands about rotation ask a site's balancers, show the answer and keep it."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from rich.console import RenderableType

from infra import balancers, report_drain, report_rotation
from infra.balancers import BalancerError, Balancers
from infra.cli import FAILED
from infra.cli_options import console, ready_site, refuse_missing_secrets, stop, write_json
from infra.ledger import Ledger
from infra.mistakes import nearest
from infra.progress import told
from infra.rotation import Hold, Rotated
from infra.wire import Exchange


class Desk:
    """A site's balancers at the command line."""

    def __init__(self, inventory: Path, *, command: str, given: Mapping[str, Any]) -> None:
        """A desk with nobody connected; leaves with exit code 2 when nothing balances there."""
        self.inventory, self.json_file = inventory, given["json_file"]
        self.verbose: bool = given["verbose"]
        self.out = console(self.json_file)
        self.site = ready_site(inventory, quiet=self.json_file == "-")
        self.ledger = None if command == "rotation" else Ledger(inventory, command)
        nodes = balancers.of(self.site)
        if not nodes:
            stop(f"{inventory}: no host balances requests; add one to load_balancers")
        refuse_missing_secrets(self.site, [replace(node, settings={}) for node in nodes])
        self.pools = balancers.pools(self.site)
        self.balancers = Balancers(
            nodes, accept_new=given["accept_new_host_keys"], listen=self._listen
        )

    def serves(self, node: str) -> bool:
        """Whether balancers are to spread requests to a node."""
        return any(node in members for members in self.pools.values())

    def strays(self) -> dict[str, tuple[Hold, ...]]:
        """What holds nodes that are none of the inventory's any more, by name."""
        return report_rotation.strays(self.balancers.rotation(), pools=self.pools)

    def refuse_unknown(self, node: str) -> NoReturn:
        """Leave with exit code 2: no balancer is to spread requests to a node."""
        served = list(dict.fromkeys(name for members in self.pools.values() for name in members))
        if any(node == one.name for one in self.site.nodes):
            stop(f"{node}: gets no requests from a balancer; those that do: {', '.join(served)}")
        stop(f"{node}: no such node{nearest(node, served)}")

    def views(self, node: str, *, probe: bool = False) -> dict[str, Rotated]:
        """A node by balancer; BalancerError when no balancer knows it yet."""
        seen = report_rotation.by_node(self.balancers.rotation(probe=probe))
        if node not in seen:
            first = f"infra deploy {self.inventory}"
            raise BalancerError(f"{node}: no balancer spreads requests to it yet; first: {first}")
        return seen[node]

    def end(self, lines: Iterable[RenderableType], *, code: int, **result: Any) -> NoReturn:  # noqa: ANN401
        """Print the answer, keep it, and leave."""
        for line in lines:
            self.out.print(line)
        kept = {**result, "exit": code}
        write_json(kept if self.ledger is None else self.ledger.close(**kept), self.json_file)
        sys.exit(code)

    def _listen(self, node: str, exchange: Exchange) -> None:
        for line in told(node, exchange):
            if self.ledger is not None:
                self.ledger.log(line)
            if self.verbose:
                self.out.print(line, markup=False)


@contextmanager
def desk(inventory: Path, *, command: str, given: Mapping[str, Any]) -> Iterator[Desk]:
    """A desk whose connections are dropped at the end; a balancer's error is exit code 1."""
    opened = Desk(inventory, command=command, given=given)
    try:
        yield opened
    except BalancerError as problem:
        opened.end(report_drain.failed(str(problem)), code=FAILED, error=str(problem))
    finally:
        opened.balancers.close()
