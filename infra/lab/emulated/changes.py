"""What happens to an emulated host's hardware while it runs: links, slots, cards.

All of it lasts over reboots, as on iron, and ends when the host is stopped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from infra.lab import host, process, slots
from infra.lab.emulated import functions, qmp, registers, tree
from infra.lab.emulated.devices import id_of
from infra.lab.emulated.memory import Memory
from infra.lab.emulated.registers import Values
from infra.lab.pci import Function, Link
from infra.lab.shell import LabError
from infra.lab.spec import LabGpu


def link(name: str, bdf: str, *, gen: int, width: int) -> None:
    """Have a card's link run like this from now on, as when it loses lanes."""
    runs = Link(gen=gen, max_gen=gen, width=width, max_width=width)
    _write(name, bdf, registers.runs(runs))


def slot(name: str, port: str, *, gen: int, width: int) -> None:
    """Let the port of a slot give no more than this, as firmware that divides a slot does."""
    _write(name, port, registers.slot(gen=gen, width=width))


def lose(name: str, bdf: str) -> None:
    """Have a card answer nothing any more, as when it falls off the bus."""
    _write(name, bdf, registers.gone())


def fail(name: str, port: str) -> None:
    """Have a root port report a completion that never came: an error that nothing corrected."""
    _require(name, port, among=[one.bdf for one in _tree(name).values() if one.port == "root"])
    order = f"pcie_aer_inject_error {id_of(port)} COMP_TIME"
    (said,) = qmp.ask(host.folder(name) / "qmp", "human-monitor-command", command_line=order)
    if not str(said).startswith("OK"):
        raise LabError(f"{name}: {port} cannot report an error: {said}")


def insert(name: str, bdf: str, *, gpu: LabGpu) -> None:
    """Have this card in the slot of another, seen from the next boot on."""
    card = slots.path_to(gpu)
    leaf = next(one for one in card.values() if one.bdf == gpu.bdf)
    _write(name, bdf, registers.of(replace(leaf, bdf=bdf)))


def write_all(pid: int, planned: Mapping[str, Function]) -> None:
    """Make the functions of a machine that has not begun what they are planned to be."""
    if not planned:
        return
    with Memory(pid) as memory:
        for function in planned.values():
            space = functions.found(memory, device=id_of(function.bdf))
            registers.write(memory, space, registers.of(function))
            if function.port == "downstream":
                registers.add_access_control(memory, space)
            elif function.port is None:
                registers.add_error_reporting(memory, space)


def _write(name: str, bdf: str, values: Values) -> None:
    _require(name, bdf, among=[one.bdf for one in _tree(name).values()])
    with Memory(_pid(name)) as memory:
        space = functions.found(memory, device=id_of(bdf))
        registers.write(memory, space, values)


def _tree(name: str) -> Mapping[str, Function]:
    made = host.made(name)
    return tree.functions(made) if made is not None else {}


def _require(name: str, bdf: str, *, among: Sequence[str]) -> None:
    if bdf not in among:
        raise LabError(f"{name} has no such {bdf}; it has {', '.join(among) or 'none'}")


def _pid(name: str) -> int:
    pid = process.pid(host.folder(name) / "pid")
    if pid is None:
        raise LabError(f"{name} is not up; infra lab up starts it")
    return pid
