"""Facts of the GPU driver; what they print is parsed in the modules named."""

from pyinfra.api.facts import FactBase

from roles.gpu_driver import boot, catalogue, kernels, simulation, state


class HostState(FactBase[state.State]):
    """Cards, driver packages and kernel modules of the host."""

    def command(self) -> str:
        """Ask in one command."""
        return state.COMMAND

    @staticmethod
    def default() -> state.State:
        """Nothing there."""
        return state.State()

    def process(self, output: list[str]) -> state.State:
        """Parse the answer."""
        return state.parse(output)


class NextBoot(FactBase[boot.NextBoot]):
    """Every kernel that may boot, its modules and headers, and Secure Boot."""

    def command(self) -> str:
        """Ask in one command."""
        return boot.COMMAND

    @staticmethod
    def default() -> boot.NextBoot:
        """Nothing known."""
        return boot.NextBoot()

    def process(self, output: list[str]) -> boot.NextBoot:
        """Parse the answer."""
        return boot.parse(output)


class KernelOffers(FactBase[dict[str, tuple[str, ...]]]):
    """Versions of kernel packages that the host's sources have."""

    def command(self, names: tuple[str, ...]) -> str:
        """Ask apt for these names."""
        return kernels.offers_command(names)

    @staticmethod
    def default() -> dict[str, tuple[str, ...]]:
        """Nothing offered."""
        return {}

    def process(self, output: list[str]) -> dict[str, tuple[str, ...]]:
        """Parse the answer."""
        return kernels.parse_offers(output)


class Offers(FactBase[catalogue.Catalogue]):
    """Every version of the driver packages that the host's sources have."""

    def command(self, pattern: str) -> str:
        """Ask apt for names that match."""
        return catalogue.command(pattern)

    @staticmethod
    def default() -> catalogue.Catalogue:
        """Nothing offered."""
        return catalogue.Catalogue()

    def process(self, output: list[str]) -> catalogue.Catalogue:
        """Parse the answer."""
        return catalogue.parse(output)


class Simulated(FactBase[simulation.Simulation]):
    """What apt would do."""

    def command(
        self,
        preferences: str,
        arguments: tuple[str, ...],
        unhold: tuple[str, ...],
        wrecks: tuple[str, ...],
    ) -> str:
        """Ask apt to simulate."""
        return simulation.command(
            preferences=preferences, arguments=arguments, unhold=unhold, wrecks=wrecks
        )

    @staticmethod
    def default() -> simulation.Simulation:
        """Nothing asked."""
        return simulation.Simulation(status=0)

    def process(self, output: list[str]) -> simulation.Simulation:
        """Parse the answer."""
        return simulation.parse(output)


class BootImagesAreStale(FactBase[bool]):
    """Whether a boot image is older than the driver's module or this role's modprobe file."""

    def command(self) -> str:
        """Compare the times."""
        return boot.STALE_COMMAND

    @staticmethod
    def default() -> bool:
        """Not known to be."""
        return False

    def process(self, output: list[str]) -> bool:
        """Look for the word."""
        return any(line.startswith("stale") for line in output)
