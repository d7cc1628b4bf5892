"""The lab with a spare: what lab.py has, and a node that stands by for both.

`lock:` values are read from lab_full.lock.yaml, which `infra lab up` writes beside this file;
lab_full.hardware.yaml says what `infra topology learn` finds in the GPU nodes.
"""

from pathlib import Path
from runpy import run_path

_lab = run_path(str(Path(__file__).with_name("lab.py")))
_nodes, _shared = _lab["gpu_nodes"]
_second = dict(_nodes)["gpu-2"]
_gpus = [
    {**gpu, "uuid": gpu["uuid"].replace("GPU-00000002", "GPU-00000003")}
    for gpu in _second["lab"]["gpus"]
]

gpu_nodes = _lab["gpu_nodes"]
spare_nodes = (
    [
        (
            "spare-1",
            {
                **_second,
                "ssh_hostname": "10.77.0.13",
                "lab": {**_second["lab"], "gpus": _gpus},
            },
        )
    ],
    _shared,
)
_balancers, _balanced = _lab["load_balancers"]
load_balancers = (
    _balancers,
    # three engines share this machine's processors: requests wait for them longer than on GPUs
    {**_balanced, "load_balancer": {**_balanced["load_balancer"], "queue_per_node": 8}},
)
