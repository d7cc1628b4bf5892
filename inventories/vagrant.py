"""The virtual machines of the Vagrantfile: real Ubuntu 24.04, no GPU.

vagrant up && bin/infra deploy inventories/vagrant.py --accept-new-host-keys
"""

_LOGIN = {"ssh_user": "vagrant", "ssh_key": "~/.vagrant.d/insecure_private_key", "_sudo": True}

base_hosts = (
    [
        ("node-1", {"ssh_hostname": "192.168.56.11"}),
        ("node-2", {"ssh_hostname": "192.168.56.12"}),
        ("balancer-1", {"ssh_hostname": "192.168.56.21"}),
    ],
    _LOGIN,
)
