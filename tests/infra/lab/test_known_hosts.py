from infra.lab.known_hosts import pinned, without

KNOWN = "10.77.0.11 ssh-ed25519 OLD11\n10.77.0.12 ssh-ed25519 OLD12\n"


def test_a_new_key_takes_the_place_of_the_old_one_and_others_stay() -> None:
    assert pinned(KNOWN, {"10.77.0.12": "ssh-ed25519 NEW root@gpu-2\n"}) == (
        "10.77.0.11 ssh-ed25519 OLD11\n10.77.0.12 ssh-ed25519 NEW\n"
    )


def test_an_address_that_begins_like_another_keeps_its_key() -> None:
    text = pinned("10.77.0.110 ssh-ed25519 A\n", {"10.77.0.11": "ssh-ed25519 B"})
    assert text == "10.77.0.11 ssh-ed25519 B\n10.77.0.110 ssh-ed25519 A\n"


def test_a_removed_hosts_key_goes_and_others_stay() -> None:
    assert without(KNOWN, ["10.77.0.1", "10.77.0.11"]) == "10.77.0.12 ssh-ed25519 OLD12\n"
