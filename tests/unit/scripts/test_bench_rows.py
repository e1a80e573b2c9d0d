"""The rows of scripts/bench and how they are chosen."""

import pytest

from scripts.bench_lib.rows import ROWS, select
from scripts.bench_lib.transports import DEFAULT, MUX, NOMUX, NOMUX_TLS


def names(*patterns: str) -> list[str]:
    return [row.name for row in select(patterns)]


def test_names_are_unique() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_no_pattern_means_every_row() -> None:
    assert tuple(select([])) == ROWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_can_be_chosen_alone(row: object) -> None:
    assert select([getattr(row, "name", "")]) == [row]


def test_a_name_without_transport_means_that_row_on_each_transport_and_no_longer_name() -> None:
    assert names("pingpong-1") == ["pingpong-1/default", "pingpong-1/mux", "pingpong-1/nomux"]


def test_a_transport_means_all_rows_on_it_and_no_longer_name() -> None:
    assert {name.partition("/")[2] for name in names("mux")} == {"mux"}


def test_a_part_of_a_name_is_enough() -> None:
    assert names("rest/d") == ["memory-rest/default"]


def test_wildcards_are_of_the_whole_name() -> None:
    assert names("udp-*/default") == ["udp-64/default", "udp-1200/default"]


def test_rows_come_in_the_order_of_the_table_and_once() -> None:
    assert names("udp-64/mux", "connect/mux", "*/mux")[-3:] == ["udp-1200/mux", "memory-rest/mux", "memory-idle/mux"]
    assert len(names("mux", "*/mux")) == len(names("mux"))


def test_the_rows_of_the_web_front_can_be_chosen_together() -> None:
    assert len(names("vhost")) == 8
    assert names("lookup")[0] == "lookup-1x1/default"
    assert names("lookup")[-1] == "lookup-5000x50/default"
    assert names("idle-http") == ["idle-http/default"]


def test_the_rows_of_plugins_can_be_chosen_together() -> None:
    assert names("static") == [f"static{way}-100k/{link}" for way in ("", "-close") for link in ("default", "mux")]
    assert names("*-bulk/default") == ["http-proxy-bulk/default", "socks5-bulk/default"]


def test_a_curve_starts_with_a_row_that_exists() -> None:
    based = [row for row in ROWS if row.base]
    assert {row.base for row in based} == {"lookup-1x1/default", "download-1/default", "download-1/mux"}
    assert {row.base for row in based} <= {row.name for row in ROWS}


def test_a_pattern_that_matches_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no row matches 'quick'"):
        select(["connect", "quick"])


def test_the_default_transport_sets_no_option() -> None:
    assert DEFAULT.frps_options == DEFAULT.frpc_options == []


def test_other_transports_set_what_differs_from_the_default() -> None:
    assert MUX.frps_options == []
    assert MUX.frpc_options == ["transport.tls.enable = false"]
    assert NOMUX_TLS.frps_options == NOMUX_TLS.frpc_options == ["transport.tcpMux = false"]
    assert NOMUX.frpc_options == ["transport.tcpMux = false", "transport.tls.enable = false"]
