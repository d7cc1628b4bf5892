"""An example of a real rack: mixed cards, a jump host, a mirror inside, two balancers.

Groups named after a deploy (`gpu_nodes`, `load_balancers`) say what kind of host it is; the other
groups (`h100`, `v100`) only carry data. A host's own data beats its groups', a later group an
earlier one, and `group_data/<group>.py` a group's data here; a role's settings are merged key by
key. Digests, checksums and keys lie in rack.lock.yaml, where all are examples to replace.
ssh reads ~/.ssh/config as ever: keys and a jump host (`Host 10.20.0.*`, `ProxyJump bastion`).
"""

_LOGIN = {
    "ssh_user": "deploy",
    "_sudo": True,  # where sudo asks: "_sudo_password": "env:RACK_SUDO_PASSWORD"
}
_BASE = {
    "timezone": "Europe/Berlin",
    "admins": [{"user": "mara", "ssh_keys": ["lock:admins.mara"], "sudo": "nopasswd"}],
    "apt_mirror": {
        "uri": "http://mirror.rack.example/ubuntu/",
        "suites": ["noble", "noble-updates", "noble-security"],
        "components": ["main", "restricted", "universe"],
        "key": "lock:keys.mirror",
    },
}

gpu_nodes = (
    [
        ("gpu-1", {"ssh_hostname": "10.20.0.11"}),
        ("gpu-2", {"ssh_hostname": "10.20.0.12", "inference_engine": {"parallel_requests": 32}}),
        ("gpu-3", {"ssh_hostname": "10.20.0.13"}),
    ],
    {
        **_LOGIN,
        "base_system": _BASE,
        "gpu_driver": {"origin": "ubuntu", "version": "580.95.05", "modules": "open"},
        "container_runtime": {
            "docker_version": "28.2",
            "toolkit_version": "1.19.1",
            "toolkit_repository": {
                "uri": "https://nvidia.github.io/libnvidia-container/stable/deb/amd64/",
                "suites": ["/"],
                "key": "lock:keys.nvidia-container-toolkit",
            },
        },
        # proves peer to peer before an engine starts; without it checks say unproven
        "gpu_interconnect": {"probe_image": "lock:images.gpu_probe"},
    },
)

h100 = (
    ["gpu-1", "gpu-2"],
    {
        # a folder of several files, each with its checksum in the lock
        "model_cache": {"models": {"qwen-72b": {"files": "lock:models.qwen-72b"}}},
        "inference_engine": {
            "engine": "vllm",
            "image": "lock:images.vllm",
            "model": "qwen-72b",
            "tensor_parallel": 4,
            "context_tokens": 32768,
            "parallel_requests": 64,
        },
    },
)

v100 = (
    ["gpu-3"],
    {
        "gpu_driver": {"modules": "proprietary"},  # open modules begin with Turing
        "model_cache": {
            "models": {
                "qwen-7b": {
                    "file": "qwen2.5-7b-instruct-q8_0.gguf",
                    "source": "https://models.rack.example/qwen2.5-7b-instruct-q8_0.gguf",
                    "sha256": "lock:models.qwen-7b.sha256",
                }
            }
        },
        "inference_engine": {
            "engine": "llama_cpp",
            "image": "lock:images.llama_cpp",
            "model": "qwen-7b",
            "context_tokens": 8192,
            "parallel_requests": 4,
        },
    },
)

load_balancers = (
    [
        ("balancer-1", {"ssh_hostname": "10.20.0.21"}),
        ("balancer-2", {"ssh_hostname": "10.20.0.22"}),
    ],
    {
        **_LOGIN,
        "base_system": _BASE,
        "load_balancer": {
            "api_keys": {"team-search": "file:~/.secrets/search", "team-chat": "env:CHAT_KEY"},
            # nodes that serve are rebooted or restarted one at a time, and only then
            "max_unavailable": 1,
            "maintenance_windows": ["Sat,Sun 02:00-06:00 Europe/Berlin"],
        },
    },
)
