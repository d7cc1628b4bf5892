from roles.host_firewall import probe

# a GPU node of the lab
LINES = """\
listening LISTEN 0      4096   10.77.0.60:8000  0.0.0.0:*
listening LISTEN 0      128       0.0.0.0:22    0.0.0.0:*
listening LISTEN 0      4096    127.0.0.1:42843 0.0.0.0:*
listening LISTEN 0      4096        [::1]:631      [::]:*
listening LISTEN 0      128          [::]:22       [::]:*
published 9999
address 3: docker0    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0\\ valid_lft forever
address 2: eth0    inet 10.77.0.60/24 scope global eth0\\       valid_lft forever
""".splitlines()


def test_ports_that_only_the_host_itself_reaches_are_not_asked() -> None:
    assert probe.parse_ports(LINES) == {22, 8000, 9999}


def test_the_stranger_knocks_at_the_hosts_own_address() -> None:
    found = probe.parse_address(LINES, container_interfaces=("docker0", "br-*"))
    assert found == "10.77.0.60"
    assert probe.parse_address([], container_interfaces=()) is None


def test_each_port_has_its_answer() -> None:
    assert probe.parse(["9 silent", "22 open", "80 refused", "Killed", "x y"]) == {
        9: "silent",
        22: "open",
        80: "refused",
    }


def test_the_stranger_is_gone_with_its_process() -> None:
    text = probe.command("10.77.0.60", ports=(9, 22))
    assert "for p in 9 22;" in text
    assert "trap 'kill $stranger" in text
    assert "/dev/tcp/10.77.0.60/$p" in text
