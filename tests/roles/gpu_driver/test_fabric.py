from roles.gpu_driver import fabric


def test_the_managers_version_is_read() -> None:
    assert fabric.version("Fabric Manager version is : 580.95.05") == "580.95.05"
    assert fabric.version("Fabric Manager version: 580.126") == "580.126"


def test_an_absent_manager_has_none() -> None:
    assert fabric.version("sh: 1: nv-fabricmanager: not found") is None
