"""Facts that every role may ask for; what they print is parsed in `observed.py`."""

import shlex
import time

from pyinfra.api.facts import FactBase

from infra import observed


class FileStat(FactBase[observed.FileStat | None]):
    """Mode, owner, group and sha256 of a regular file; None when there is none."""

    def command(self, path: str) -> str:
        """Ask for one path."""
        return observed.stat_command(path)

    def process(self, output: list[str]) -> observed.FileStat | None:
        """Parse the answer."""
        return observed.parse_stat(output)


class FileText(FactBase[str]):
    """Text of a file; empty when there is none."""

    def command(self, path: str) -> str:
        """Ask for one path."""
        return f"cat -- {shlex.quote(path)} 2>/dev/null || true"

    @staticmethod
    def default() -> str:
        """Nothing."""
        return ""

    def process(self, output: list[str]) -> str:
        """Join the lines."""
        return "".join(f"{line}\n" for line in output)


class Packages(FactBase[dict[str, observed.Package]]):
    """Installed packages among the named ones: version, and whether held."""

    def command(self, names: tuple[str, ...]) -> str:
        """Ask dpkg for these names."""
        return observed.packages_command(names)

    @staticmethod
    def default() -> dict[str, observed.Package]:
        """None installed."""
        return {}

    def process(self, output: list[str]) -> dict[str, observed.Package]:
        """Parse the answer."""
        return observed.parse_packages(output)


class Unit(FactBase[observed.Unit]):
    """States of a systemd unit."""

    def command(self, unit: str) -> str:
        """Ask systemd for one unit."""
        return observed.unit_command(unit)

    def process(self, output: list[str]) -> observed.Unit:
        """Parse the answer."""
        return observed.parse_unit(output)


class Os(FactBase[observed.Os]):
    """Distribution and architecture, who asks, and how far its clock is from ours."""

    def command(self) -> str:
        """Ask os-release, uname, id and date."""
        return observed.OS_COMMAND

    def process(self, output: list[str]) -> observed.Os:
        """Parse the answer."""
        return observed.parse_os(output, ours=time.time())


class BootId(FactBase[str]):
    """Id of the running boot; another one after each reboot."""

    def command(self) -> str:
        """Ask the kernel."""
        return observed.BOOT_ID_COMMAND

    def process(self, output: list[str]) -> str:
        """Take the line."""
        return output[0].strip()
