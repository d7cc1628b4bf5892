import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roles.pcie_topology.explain.readers import smi_xml

BLOCK = """
  <gpu id="00000000:{bus}:00.0">
    <product_name>NVIDIA A40</product_name>
    <mig_mode><current_mig>Disabled</current_mig></mig_mode>
    <mig_devices><mig_device><bar1_memory_usage><total>1 MiB</total></bar1_memory_usage>
    </mig_device></mig_devices>
    <uuid>GPU-4f1d6a52-0000-0000-0000-0000000000{bus}</uuid>
    <pci>
      <pci_gpu_link_info>
        <pcie_gen>
          <max_link_gen>4</max_link_gen>
          <current_link_gen>{gen}</current_link_gen>
          <max_device_link_gen>4</max_device_link_gen>
          <max_host_link_gen>N/A</max_host_link_gen>
        </pcie_gen>
        <link_widths>
          <max_link_width>16x</max_link_width>
          <current_link_width>{width}x</current_link_width>
        </link_widths>
      </pci_gpu_link_info>
    </pci>
    <performance_state>{state}</performance_state>
    <fb_memory_usage><total>46068 MiB</total></fb_memory_usage>
    <bar1_memory_usage><total>65536 MiB</total></bar1_memory_usage>
    <retired_pages>
      <double_bit_retirement><retired_count>0</retired_count></double_bit_retirement>
    </retired_pages>
  </gpu>"""


def document(*blocks: str, attached: int | None = None) -> str:
    count = len(blocks) if attached is None else attached
    head = f'<?xml version="1.0" ?>\n<nvidia_smi_log>\n<attached_gpus>{count}</attached_gpus>'
    return f"{head}{''.join(blocks)}\n</nvidia_smi_log>\n"


def block(bus: str = "41", *, gen: int = 4, width: int = 16, state: str = "P0") -> str:
    return BLOCK.format(bus=bus, gen=gen, width=width, state=state)


WHOLE = document(block("41"), block("81"))


def test_a_whole_output_is_ok() -> None:
    found = smi_xml.judge(WHOLE)
    assert (found.lanes, found.gpus, found.findings) == ("ok", 2, ())
    assert dict(found.cards) == {"0000:41:00.0": "A40", "0000:81:00.0": "A40"}


@pytest.mark.parametrize(
    ("changed", "lanes"),
    [
        ({"width": 8}, "degraded"),
        ({"gen": 1}, "degraded"),
        ({"gen": 1, "state": "P8"}, "inconclusive"),
    ],
)
def test_width_counts_always_and_speed_under_load(changed: dict[str, int], lanes: str) -> None:
    assert smi_xml.judge(document(block("41", **changed), block("81"))).lanes == lanes  # type: ignore[arg-type]


def test_a_cut_output_is_judged_for_what_is_whole() -> None:
    found = smi_xml.judge(WHOLE[: WHOLE.rindex("<link_widths>")])
    assert (found.lanes, found.gpus) == ("unknown", 2)
    narrow = document(block("41", width=8), block("81"))
    assert smi_xml.judge(narrow[: narrow.rindex("<link_widths>")]).lanes == "degraded"


def test_a_missing_block_is_an_error() -> None:
    found = smi_xml.judge(document(block("41"), block("81"), attached=3))
    assert (found.lanes, found.findings[0].severity) == ("unknown", "error")


def test_an_output_without_blocks_is_unknown() -> None:
    assert smi_xml.judge(document(attached=1)).lanes == "unknown"


def test_it_is_recognised() -> None:
    assert smi_xml.matches(WHOLE)
    assert not smi_xml.matches('<system version="1"><cpu numaid="0"/></system>')


@settings(deadline=None)
@given(st.integers(0, len(WHOLE)), st.integers(0, 400), st.text(max_size=20))
def test_no_damage_raises(start: int, length: int, put: str) -> None:
    smi_xml.judge(WHOLE[:start] + put + WHOLE[start + length :])


@settings(deadline=None)
@given(st.text())
def test_no_text_raises(text: str) -> None:
    smi_xml.matches(text)
    smi_xml.judge(text)
