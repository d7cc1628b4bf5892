from roles.health_watch.program.metrics import parse_metrics
from roles.inference_engine.engines import llama_cpp, vllm

LLAMA = """# HELP llamacpp:n_decode_total Total number of llama_decode() calls
# TYPE llamacpp:n_decode_total counter
llamacpp:n_decode_total 336
llamacpp:requests_processing 4
llamacpp:requests_deferred 6
llamacpp:n_busy_slots_per_decode 2.59226
"""
"""From a llama-server b10068 with 12 streams on 4 slots."""
VLLM = """# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="a b} c"} 3.0
vllm:num_requests_running{engine="1",model_name="a b} c"} 2.0
vllm:num_requests_waiting{engine="0",model_name="a b} c"} 1.0
vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 9.0
vllm:kv_cache_usage_perc{engine="0"} 2.5e-01
vllm:generation_tokens_total{engine="0"} 12.0 1700000000000
vllm:prompt_tokens_total{engine="0"} NaNsense
"""


def test_llama_cpp() -> None:
    health = llama_cpp.HEALTH
    found = parse_metrics(LLAMA, names=(*health.running, *health.progress))
    assert sum(found[name] for name in health.running) == 10
    assert found["llamacpp:n_decode_total"] == 336


def test_vllm_sums_over_ranks_and_takes_no_other_name() -> None:
    health = vllm.HEALTH
    found = parse_metrics(VLLM, names=(*health.running, *health.progress))
    assert found == {
        "vllm:num_requests_running": 5,
        "vllm:num_requests_waiting": 1,
        "vllm:kv_cache_usage_perc": 0.25,
        "vllm:generation_tokens_total": 12,
    }


def test_what_is_no_metric_is_passed_over() -> None:
    assert parse_metrics("<html>}\n\nllamacpp:n_decode_total", names=["html"]) == {}
