"""The tables of `frpc status`."""

import json

import pytest

from frpg.cli.admin_api import AdminError
from frpg.cli.admin_status import status_text


def text(answer: object) -> str:
    return status_text(json.dumps(answer).encode())


def test_a_table_for_each_type_in_frps_order() -> None:
    ssh = {"name": "ssh", "status": "running", "local_addr": "127.0.0.1:22", "remote_addr": "198.51.100.7:6000"}
    www = {"name": "www", "status": "start error", "plugin": "static_file", "err": "port already used"}
    answer = {"xtcp": [{"name": "x", "type": "xtcp", "status": "new"}], "tcp": [ssh, www], "udp": [], "http": None}
    assert text(answer) == (
        "Proxy Status...\n"
        "\n"
        "TCP\n"
        "Name  Status       LocalAddr     Plugin       RemoteAddr         Error              \n"
        "ssh   running      127.0.0.1:22               198.51.100.7:6000                     \n"
        "www   start error                static_file                     port already used  \n"
        "\n"
        "XTCP\n"
        "Name  Status  LocalAddr  Plugin  RemoteAddr  Error  \n"
        "x     new                                           \n"
    )


@pytest.mark.parametrize("answer", [{}, None, {"zz": 5}])
def test_no_proxies(answer: object) -> None:
    assert text(answer) == "Proxy Status...\n"


def test_cells_with_line_ends_and_other_letters() -> None:
    rows = text({"tcp": [{"name": "a\nbc", "err": "héé中文", "status": "running"}, {"name": "z", "err": "\x1b[2J"}]})
    assert rows.split("\n")[3:8] == [
        "Name  Status   LocalAddr  Plugin  RemoteAddr  Error    ",
        "a     running                                 héé中文    ",
        "bc                                                     ",
        "z                                             \\x1b[2J  ",
        "",
    ]


@pytest.mark.parametrize("body", ["nojson", "[]", '{"tcp":{}}', '{"tcp":[5]}', '{"tcp":[{"name":5}]}', "[" * 100_000])
def test_another_answer_is_shown(body: str) -> None:
    with pytest.raises(AdminError) as caught:
        status_text(body.encode())
    assert str(caught.value) == f"unmarshal http response error: {body[:4096]}"
