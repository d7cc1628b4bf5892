"""An example of a real rack: mixed cards, a jump host, a mirror inside, two balancers.

Groups named after a deploy (`gpu_nodes`, `load_balancers`) say what kind of host it is; the other
groups (`h100`, `v100`) only carry data. A host's own data beats its groups', a later group an
earlier one, and `group_data/<group>.py` a group's data here; a role's settings are merged key by
key. Digests lie in rack.lock.yaml.
"""

_VLLM = {"engine": "vllm", "image": "lock:images.vllm"}
_MODEL = {"file": "model", "revision": "lock:models.qwen-72b.revision"}

gpu_nodes = (
    [
        ("gpu-1", {"ssh_hostname": "10.20.0.11"}),
        ("gpu-2", {"ssh_hostname": "10.20.0.12"}),
        ("gpu-3", {"ssh_hostname": "10.20.0.13"}),
    ],
    {
        "ssh_user": "deploy",
        "_sudo": True,  # with a password: "_sudo_password": "env:RACK_SUDO_PASSWORD"
        "ssh_config_file": "~/.ssh/config",  # ProxyJump and keys as ssh itself has them
        "base_system": {"admins": {}},
        "container_runtime": {"docker_version": "28.2", "toolkit_version": "1.19.1"},
    },
)

h100 = (
    ["gpu-1", "gpu-2"],
    {
        "gpu_driver": {"origin": "ubuntu", "version": "580.95.05", "modules": "open"},
        "inference_engine": {
            **_VLLM,
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
        "gpu_driver": {"origin": "ubuntu", "version": "580.95.05", "modules": "proprietary"},
        "inference_engine": {
            "engine": "llama_cpp",
            "image": "lock:images.llama_cpp",
            "model": "qwen-72b",
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
        "ssh_user": "deploy",
        "_sudo": True,
        "load_balancer": {
            "api_keys": {"team-search": "file:~/.secrets/search", "team-chat": "env:CHAT_KEY"}
        },
    },
)
