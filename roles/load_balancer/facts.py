"""Facts of load_balancer."""

from pyinfra.api.facts import FactBase

from roles.load_balancer import known_good


class RunningDigest(FactBase[str]):
    """Digest of the configuration that nginx runs with; empty when it does not run with ours."""

    def command(self, question: str) -> str:
        """Ask nginx."""
        return question

    @staticmethod
    def default() -> str:
        """Not running."""
        return ""

    def process(self, output: list[str]) -> str:
        """Take the line."""
        return "".join(output).strip()


class KnownGood(FactBase["known_good.Kept | None"]):
    """The last proven configuration beside what is there now; None when none was kept."""

    def command(self, running: str) -> str:
        """Ask tar and nginx."""
        return known_good.ask_command(running)

    def process(self, output: list[str]) -> known_good.Kept | None:
        """Parse the answer."""
        return known_good.parse(output)
