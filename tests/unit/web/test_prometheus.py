"""The text format, read back by the parser of Prometheus' own library."""

import math
import platform
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from frpg.web.process import ProcessFigures, Reading
from frpg.web.prometheus import CONTENT_TYPE, Family, exposition, labels, process_families, render

NASTY = ["", " ", 'a"b', "a\\b", "a\nb", "\\n", '\\"', "{}", "a,b=c", "ü €", "\U0001f600", "\t\r\x00", "<script>"]


def parsed(text: str) -> dict[str, Any]:
    return {family.name: family for family in text_string_to_metric_families(text)}


def test_bytes() -> None:
    family = Family("frp_server_traffic_in", "counter", "Bytes from users.")
    family.add(12, labels(type="tcp", name="alice.ssh"))
    family.add(0, labels(type="udp", name="dns"))
    assert render([family, Family("up", "gauge", "Is up.", 1)]) == (
        "# HELP frp_server_traffic_in Bytes from users.\n"
        "# TYPE frp_server_traffic_in counter\n"
        'frp_server_traffic_in{name="alice.ssh",type="tcp"} 12\n'
        'frp_server_traffic_in{name="dns",type="udp"} 0\n'
        "# HELP up Is up.\n"
        "# TYPE up gauge\n"
        "up 1\n"
    )


def test_a_family_without_samples_is_still_told() -> None:
    families = parsed(render([Family("empty", "gauge", "None yet.")]))
    assert (families["empty"].type, families["empty"].samples) == ("gauge", [])


def test_labels_are_in_the_order_of_the_alphabet() -> None:
    assert labels(z="1", a="2", m="3") == '{a="2",m="3",z="1"}'


@pytest.mark.parametrize("value", NASTY)
def test_any_text_comes_through_a_label(value: str) -> None:
    family = Family("x", "gauge", "X.")
    family.add(1, labels(name=value, type="tcp"))
    (sample,) = parsed(render([family]))["x"].samples
    assert sample.labels == {"name": value, "type": "tcp"}


def test_half_characters_stay_apart() -> None:
    family = Family("x", "gauge", "X.")
    for value in ("a\ud800", "a\ud801", "a"):
        family.add(1, labels(name=value))
    text = render([family])
    samples = parsed(text.encode("utf-8").decode("utf-8"))["x"].samples
    assert [sample.labels["name"] for sample in samples] == ["a\\ud800", "a\\ud801", "a"]


@pytest.mark.parametrize("about", ["a\nb", "a\\b", 'quotes "stay"', "\\n"])
def test_any_text_is_a_help(about: str) -> None:
    assert parsed(render([Family("x", "gauge", about, 1)]))["x"].documentation == about


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-3, "-3"),
        (2**63, "9223372036854775808"),
        (2.0, "2"),
        (0.25, "0.25"),
        (1e300, str(10**300)),
        (1795413122.5, "1795413122.5"),
        (True, "1"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    rendered = render([Family("x", "gauge", "X.", value)])
    if value != 1e300:
        assert rendered.splitlines()[-1] == f"x {text}"
    (sample,) = parsed(rendered)["x"].samples
    assert sample.value == value or math.isnan(value)


def test_an_answer() -> None:
    answer = exposition([Family("x", "gauge", "ü", 1)])
    assert answer.headers["Content-Type"] == CONTENT_TYPE == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.get_data() == "# HELP x ü\n# TYPE x gauge\nx 1\n".encode()


def test_the_process() -> None:
    families = parsed(render(process_families(ProcessFigures())))
    kinds = {name: family.type for name, family in families.items()}
    assert kinds == {
        "process_cpu_seconds": "counter",  # the parser takes _total off
        "process_resident_memory_bytes": "gauge",
        "process_start_time_seconds": "gauge",
        "process_open_fds": "gauge",
        "process_max_fds": "gauge",
        "python_info": "gauge",
    }
    assert families["process_resident_memory_bytes"].samples[0].value > 1e6
    assert families["process_start_time_seconds"].samples[0].value > 1e9
    (info,) = families["python_info"].samples
    assert info.labels["version"] == platform.python_version()


def test_a_system_without_descriptors_has_no_such_family() -> None:
    reading = Reading(1.5, 0.0, 4096, 0, 0, 3, 1, 1.0)
    figures: Any = SimpleNamespace(measure=lambda: reading)
    text = render(process_families(figures))
    assert "process_cpu_seconds_total 1.5\n" in text
    assert "_fds" not in text
