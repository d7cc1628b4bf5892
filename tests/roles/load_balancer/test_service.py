from roles.load_balancer import service

LIMITED = "CapBnd:\t00000000000004e3\nNoNewPrivs:\t1\nSeccomp:\t2\n"


def test_the_limits_of_the_drop_in_are_enough() -> None:
    assert service.too_many_rights(LIMITED) == []


def test_each_right_too_many_is_told() -> None:
    bare = "CapBnd:\t00000000fdecbfff\nNoNewPrivs:\t0\nSeccomp:\t0\n"
    assert len(service.too_many_rights(bare)) == 3
    assert service.too_many_rights("") == ["nginx does not run"]


def test_capabilities_are_those_of_the_drop_in() -> None:
    [line] = [one for one in service.text().splitlines() if one.startswith("CapabilityBounding")]
    assert len(line.split()) == len(service._CAPABILITIES)


def test_a_start_that_fails_at_a_boot_is_tried_again_until_it_works() -> None:
    unit, _, serving = service.text().partition("[Service]")
    assert "\nStartLimitIntervalSec=0\n" in unit
    assert "\nRestart=on-failure\n" in serving
