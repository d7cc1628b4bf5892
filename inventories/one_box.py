"""One machine that is GPU node and balancer: Ubuntu 24.04, two used RTX 3090s under a desk.

Change what is marked here and in one_box.lock.yaml, whose values are examples, then:
infra validate inventories/one_box.py
"""

_BOX = {
    "ssh_hostname": "192.0.2.10",  # your box
    "ssh_user": "ops",  # a user with sudo
    "_sudo": True,
}

gpu_nodes = (
    [("box", _BOX)],
    {
        "gpu_driver": {
            "origin": "ubuntu",
            "version": "580.95.05",  # one of: apt-cache madison nvidia-utils-580-server
            "modules": "open",
        },
        "container_runtime": {
            "docker_version": "28.2",  # what apt-cache policy docker.io offers, 26 or newer
            "toolkit_version": "1.19.1",
            # no distribution has the container toolkit
            "toolkit_repository": {
                "uri": "https://nvidia.github.io/libnvidia-container/stable/deb/amd64/",
                "suites": ["/"],
                "key": "lock:keys.nvidia-container-toolkit",
            },
        },
        # proves what two cards tell each other; without it checks say unproven
        "gpu_interconnect": {"probe_image": "lock:images.gpu_probe"},
        "model_cache": {
            "models": {
                "qwen2.5-32b": {
                    "file": "qwen2.5-32b-instruct-q4_k_m.gguf",
                    "source": "/srv/library/qwen2.5-32b-instruct-q4_k_m.gguf",  # URL or path there
                    "sha256": "lock:models.qwen2_5-32b.sha256",
                }
            }
        },
        "inference_engine": {
            "engine": "llama_cpp",
            "image": "lock:images.llama_cpp",
            "model": "qwen2.5-32b",
            "context_tokens": 16384,
            "parallel_requests": 2,
        },
    },
)

load_balancers = (
    ["box"],
    {"load_balancer": {"port": 8080, "api_keys": {"me": "env:INFRA_API_KEY"}}},
)
