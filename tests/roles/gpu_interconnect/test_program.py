from roles.gpu_interconnect import program


def test_the_program_is_whole_and_begins_with_what_is_called() -> None:
    assert {"__init__.py", "probe.py", "main.py", "copies.py"} <= set(program.files())


def test_only_the_parts_that_measure_need_torch_so_that_its_beginning_can_tell_what_lacks() -> None:
    for name, text in program.files().items():
        at_top = [line for line in text.splitlines() if line.startswith(("import ", "from "))]
        assert not any("torch" in line for line in at_top), name
        assert not any("from roles" in line or "from infra" in line for line in at_top), name


def test_another_image_is_another_probe() -> None:
    assert program.digest("a") != program.digest("b")
    assert program.digest("a") == program.digest("a")
