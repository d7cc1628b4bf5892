"""Facts of load_balancer."""

from pyinfra.api.facts import FactBase


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
