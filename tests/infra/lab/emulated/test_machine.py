from infra.lab.emulated.machine import takes_logins

UP, DOWN = "infra-lab: takes logins\n", "infra-lab: goes down\n"


def test_the_last_word_of_a_console_counts() -> None:
    assert not takes_logins("")
    assert takes_logins(f"[    1.0] warning\n{UP}")
    assert not takes_logins(UP + DOWN)
    assert takes_logins(UP + DOWN + "noise\n" + UP)
