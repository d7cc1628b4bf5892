"""Where the lab keeps its state: one place on the machine, whichever checkout uses it."""

from pathlib import Path

LAB = Path("/var/lib/infra-lab")
"""Everything the lab made."""
KEY = LAB / "keys" / "id_ed25519"
"""The lab's SSH key; its public half is in every host."""
KNOWN_HOSTS = LAB / "known_hosts"
"""Host keys of the lab hosts, pinned when a host is made."""
API_KEY = LAB / "api_key"
"""The key that clients of the lab's balancer present (mode 0600)."""
CA = LAB / "ca.pem"
"""Certificate of the authority that signs the lab's registry."""
CACHE = LAB / "cache"
"""What is built once: base images, packages, layers, model files."""
WWW = LAB / "www"
"""Document root of the lab's file server: package mirror and models."""
GNUPG = LAB / "gnupg"
"""The key that signs the package mirror."""
REGISTRY = LAB / "registry"
"""Storage of the image registry."""
HOSTS = LAB / "hosts"
"""One folder a host, on a tmpfs."""
SERVICES = LAB / "services"
"""Process records and logs of the file server and the registry."""

SUBNET = "10.77.0.0/24"
BRIDGE = "infralab0"
BRIDGE_ADDRESS = "10.77.0.1"
SERVICES_NAMESPACE = "infra-lab-services"
SERVICES_ADDRESS = "10.77.0.2"
SERVICE_NAMES = ("mirror.lab", "registry.lab", "ghcr.io", "nvcr.io", "registry-1.docker.io")
"""Names under which the hosts find the lab's services: the registry serves images by theirs."""
