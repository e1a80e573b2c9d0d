"""What scripts/bench reads from other programs and from the kernel."""

import json
import mmap
import os
import time

import pytest

from scripts.bench_lib.cpu import cpu_seconds, rss
from scripts.bench_lib.errors import ContenderFailed
from scripts.bench_lib.kinds.base import per_gigabyte, per_second
from scripts.bench_lib.kinds.bulk import received
from scripts.bench_lib.machine import cpu_model, memory_gib
from scripts.bench_lib.tools.payload import CHUNK, payload
from scripts.bench_lib.wrk import Wrk, parse

WRK = """\
Running 1s test @ http://127.0.0.1:8080/
  1 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.35ms    1.02ms  21.07ms   95.38%
    Req/Sec    21.60k     1.51k   23.17k    90.00%
  21512 requests in 1.00s, 25.41MB read
{more}Requests/sec:  21498.20
Transfer/sec:     25.39MB
"""


def test_wrk_result() -> None:
    assert parse(WRK.format(more="")) == Wrk(requests=21512, seconds=1.0, errors=0, bad=0)


def test_wrk_errors_are_counted() -> None:
    more = "  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 17\n"
    assert parse(WRK.format(more=more)) == Wrk(requests=21512, seconds=1.0, errors=4321, bad=17)


@pytest.mark.parametrize(("text", "seconds"), [("1.50m", 90.0), ("200.00ms", 0.2), ("2.00s", 2.0)])
def test_wrk_durations(text: str, seconds: float) -> None:
    assert parse(f"  7 requests in {text}, 1.00KB read\n").seconds == pytest.approx(seconds)


def test_wrk_without_result_is_a_failure() -> None:
    with pytest.raises(ContenderFailed, match="unable to connect"):
        parse("unable to connect to 127.0.0.1:1 Connection refused")


def test_iperf3_result_is_what_the_receiver_got() -> None:
    text = json.dumps({"end": {"sum_sent": {"bytes": 9}, "sum_received": {"bytes": 7, "seconds": 1.5}}})
    assert received(text) == {"bytes": 7, "seconds": 1.5}


@pytest.mark.parametrize("text", ["", '{"end": {}}', '{"error": "unable to connect"}'])
def test_iperf3_without_result_is_a_failure(text: str) -> None:
    with pytest.raises(ContenderFailed, match="iperf3"):
        received(text)


def test_rates_and_costs() -> None:
    found = per_second({"count": 500, "seconds": 2.0, "cpu": 0.1, "lost": 3})
    assert (found.value, found.notes) == (250.0, {"lost": 3})
    assert found.cpu == pytest.approx(200.0)
    bulk = per_gigabyte(3 * 10**9, 2.0, 6.0)
    assert (bulk.value, bulk.cpu) == (1.5, 2.0)


def test_a_slice_in_which_nothing_came_through_is_a_failure() -> None:
    with pytest.raises(ContenderFailed):
        per_second({"count": 0, "seconds": 1.0, "cpu": 0.1})
    with pytest.raises(ContenderFailed):
        per_gigabyte(0, 1.0, 0.1)


def test_cpu_time_is_that_of_the_process() -> None:
    before = time.process_time()
    found = cpu_seconds([os.getpid()])
    assert before <= found <= time.process_time()


def test_resident_memory_grows_with_what_is_touched() -> None:
    size = 32 << 20
    with mmap.mmap(-1, size) as block:  # new pages: what other tests have freed does not count
        before = rss(os.getpid())
        block.write(bytes(size))
        assert rss(os.getpid()) - before > size // 2


def test_a_process_that_is_gone_is_an_error() -> None:
    gone = 2**22 + 1  # above the highest pid that Linux gives
    with pytest.raises(OSError):
        rss(gone)
    with pytest.raises(OSError):
        cpu_seconds([gone])


def test_machine_facts() -> None:
    assert cpu_model("processor\t: 0\nmodel name\t: Abacus 9\n\nprocessor\t: 1\nmodel name\t: other\n") == "Abacus 9"
    assert cpu_model("processor : 0\n") == ""
    assert memory_gib("MemTotal:        8388608 kB\nMemFree: 1 kB\n") == 8.0


def test_payloads_are_whole_and_the_same_each_time() -> None:
    for kind in ("random", "text"):
        assert len(payload(kind)) == CHUNK
        assert payload(kind) == payload(kind)
