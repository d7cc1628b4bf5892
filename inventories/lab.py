"""Two GPU nodes and a balancer that infra starts itself on this machine.

`lock:` values are read from lab.lock.yaml, which `infra lab up` writes beside this file;
lab.hardware.yaml says what `infra topology learn` found in the GPU nodes.
"""

_LAB = "/var/lib/infra-lab"
_LOGIN = {"ssh_key": f"{_LAB}/keys/id_ed25519", "ssh_known_hosts_file": f"{_LAB}/known_hosts"}


def _mirror(suite: str, *components: str) -> dict[str, object]:
    uri, key = f"lock:apt.{suite}.uri", f"lock:apt.{suite}.key"
    return {"uri": uri, "suites": [suite], "components": list(components), "key": key}


def _base(suite: str) -> dict[str, object]:
    # the hosts share this machine's clock, which they may not set
    return {"apt_mirror": _mirror(suite, "main"), "ntp": False}


def _gpus(node: int) -> list[dict[str, object]]:
    slots = ("0000:41:00.0", "0000:c1:00.0")
    return [
        {"bdf": bdf, "uuid": f"GPU-0000000{node}-0000-0000-0000-00000000000{slot}", "numa": slot}
        for slot, bdf in enumerate(slots)
    ]


gpu_nodes = (
    [
        (
            "gpu-1",
            {
                "ssh_hostname": "10.77.0.11",
                "ssh_user": "ubuntu",
                "_sudo": True,
                "lab": {"os": "ubuntu-24.04", "gpus": _gpus(1)},
                "gpu_driver": {"origin": "ubuntu", "repository": _mirror("trixie", "restricted")},
            },
        ),
        (
            "gpu-2",
            {
                "ssh_hostname": "10.77.0.12",
                "ssh_user": "root",
                "lab": {"os": "debian-13", "gpus": _gpus(2)},
                "gpu_driver": {"origin": "nvidia", "repository": _mirror("trixie", "nvidia")},
                "cuda_toolkit": {
                    "version": "12.9.1",
                    "repository": _mirror("trixie", "nvidia"),
                },
            },
        ),
    ],
    {
        **_LOGIN,
        "base_system": _base("trixie"),
        "pcie_topology": {"acs": "off"},
        "gpu_driver": {"version": "580.95.05", "modules": "open"},
        "container_runtime": {
            "docker_version": "26.1",
            "toolkit_version": "1.19.1",
            "toolkit_repository": _mirror("trixie", "nvidia"),
        },
        "gpu_interconnect": {"probe_image": "lock:images.gpu_probe"},
        "model_cache": {
            "models": {
                "smollm2-135m": {
                    "file": "SmolLM2-135M-Instruct.Q4_1.gguf",
                    "source": "lock:models.smollm2-135m.url",
                    "sha256": "lock:models.smollm2-135m.sha256",
                }
            }
        },
        "inference_engine": {
            "engine": "llama_cpp",
            "image": "lock:images.llama_cpp",
            "model": "smollm2-135m",
            "context_tokens": 2048,
            "parallel_requests": 4,
        },
    },
)

load_balancers = (
    [
        (
            "balancer-1",
            {
                "ssh_hostname": "10.77.0.21",
                "ssh_user": "root",
                "lab": {"os": "debian-12"},
            },
        ),
    ],
    {
        **_LOGIN,
        "base_system": _base("bookworm"),
        "load_balancer": {"api_keys": {"lab": f"file:{_LAB}/api_key"}},
    },
)
