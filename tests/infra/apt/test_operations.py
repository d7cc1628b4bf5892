"""Packages are brought to their versions, and held there."""

from infra import facts, observed
from infra.apt import operations as apt
from infra.role import Settings
from infra.testing import rehearse


def test_packages_are_installed_at_their_versions_and_held_in_two_commands() -> None:
    def apply(_: Settings) -> None:
        apt.packages(wanted={"a": "1-2", "b": None}, hold=True, name="Install")

    installed = {"a": observed.Package("1-2", held=True), "b": observed.Package("9", held=True)}
    assert rehearse(apply, Settings(), facts={facts.Packages: installed}).commands == ()
    done = rehearse(apply, Settings(), facts={facts.Packages: {}})
    assert " --allow-change-held-packages a=1-2 b " in done.commands[0].text
    assert "apt-mark hold a b" in done.commands[1].text
    unheld = {**installed, "a": observed.Package("1-2", held=False)}
    done = rehearse(apply, Settings(), facts={facts.Packages: unheld})
    assert ["apt-mark hold a b" in made.text for made in done.commands] == [True]
