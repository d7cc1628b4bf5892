from pathlib import Path

from infra.one_file import joined

FIRST = '"""First."""\n\nimport os\n\nHERE = os.getcwd\n'
SECOND = '"""Second."""\n\nfrom tool.first import (\n    HERE,\n)\n\nprint(HERE())\n'


def test_modules_stand_in_order_without_what_they_import_from_each_other(tmp_path: Path) -> None:
    (tmp_path / "first.py").write_text(FIRST)
    (tmp_path / "second.py").write_text(SECOND)
    text = joined(
        "#!/usr/bin/python3", package="tool", folder=tmp_path, modules=("first", "second")
    )
    assert text.startswith("#!/usr/bin/python3\n\n")
    assert text.index("HERE = os.getcwd") < text.index("print(HERE())")
    assert "import os" in text
    assert "tool.first" not in text
    compile(text, "tool", "exec")
