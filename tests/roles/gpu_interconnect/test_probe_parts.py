"""How the probe divides its work; none of it needs torch."""

from collections import Counter

from roles.gpu_interconnect.probe import copies, devices, writes


def test_a_process_never_opens_more_peers_of_a_gpu_than_cuda_lets_it() -> None:
    batches = copies.batches(10)
    assert sorted((one["from"], one["to"]) for part in batches for one in part) == sorted(
        (one["from"], one["to"]) for one in copies.tasks(10)
    )
    for part in batches:
        assert max(Counter(one["from"] for one in part).values()) <= devices.MOST_PEERS
    assert len(copies.batches(9)) == 1


def test_writes_reach_every_peer_in_as_few_steps_as_may_be() -> None:
    peers = {a: [b for b in range(10) if b != a] for a in range(10)}
    parts = writes.batches(peers)
    assert all(len(part) == 1 and len(part[0]["to"]) <= devices.MOST_PEERS for part in parts)
    assert {(part[0]["from"], to) for part in parts for to in part[0]["to"]} == {
        (a, b) for a, all_ in peers.items() for b in all_
    }
    assert writes.batches({0: [1], 1: [0], 2: []}) == [
        [{"from": 0, "to": [1]}, {"from": 1, "to": [0]}]
    ]
