"""INI files: how their faults are named, and what is warned of."""

from __future__ import annotations

from pathlib import Path

import pytest

from frpg.config.load import load_server
from frpg.errors import ConfigError
from tests.unit.config.conftest import Faults, LoadClient, LoadServer

INI = "frp.ini"


def test_a_bad_integer_boolean_list_of_ports_or_quantity_is_a_fault(
    server_faults: Faults, client_faults: Faults
) -> None:
    text = "[common]\nbind_port = abc\ntcp_mux = maybe\nallow_ports = 5-1\ndashboard_tls_mode = perhaps"
    assert server_faults(text, name=INI) == [
        "frp.ini: [common] bind_port: expected integer: not an integer: 'abc'",
        "frp.ini: [common] tcp_mux: expected boolean: not a boolean: 'maybe' (use true or false)",
        'frp.ini: [common] allow_ports: range number is invalid, write ports and ranges such as "1000-2000,3000"',
        "frp.ini: [common] dashboard_tls_mode: expected boolean: not a boolean: 'perhaps' (use true or false)",
    ]
    text = "[common]\nadmin_port = 1e3\n[a]\nlocal_port = x\nbandwidth_limit = 1GB\n[b]\nuse_encryption = 2"
    assert client_faults(text, name=INI) == [
        "frp.ini: [common] admin_port: expected integer: not an integer: '1e3'",
        "frp.ini: [a] local_port: expected integer: not an integer: 'x'",
        'frp.ini: [a] bandwidth_limit: unit not support, write a number and its unit KB or MB, such as "512KB"',
        "frp.ini: [b] use_encryption: expected boolean: not a boolean: '2' (use true or false)",
    ]


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ("type = foo", "[x] type: unknown proxy type: foo, optional values are [tcp udp http"),
        ("type = foo\nrole = visitor", "[x] type: unknown visitor type: foo, optional values are [stcp sudp xtcp]"),
        ("role = visitor", "[x] type: visitor type is required, optional values are [stcp sudp xtcp]"),
        ("role = both", "[x] role: proxy x role should be 'server' or 'visitor'"),
        ("plugin = foo", "[x] plugin: unknown plugin type: foo, optional values are [unix_domain_socket"),
        ("plugin = tls2raw", "[x] plugin: plugin tls2raw has no INI form, write the file in TOML"),
        ("plugin = static_file", "[x] plugin_local_path: proxy x: plugin static_file: localPath is required"),
        ("type = http", "[x] custom_domains: proxy x: subdomain and custom domains should not be both empty"),
        ("local_port = 70000", "[x] local_port: proxy x: port number 70000 must be in the range 0..65535"),
        ("role = visitor\ntype = stcp\nbind_port = 1", "[x] server_name: visitor x: server name is required"),
    ],
)
def test_faults_are_named_by_section_and_key(client_faults: Faults, section: str, fault: str) -> None:
    found = client_faults(f"[common]\n[x]\n{section}", name=INI)
    assert any(line.startswith(f"frp.ini: {fault}") for line in found), found


def test_faults_of_the_common_part_are_named_by_key(server_faults: Faults, client_faults: Faults) -> None:
    text = "[common]\nauthentication_method = x\nbind_port = 70000\n[plugin.p]\nops = Nope\ntlsVerify = 3"
    assert server_faults(text, name=INI) == [
        "frp.ini: [plugin.p] tlsVerify: expected boolean: not a boolean: '3' (use true or false)",
        "frp.ini: [common] authentication_method: invalid auth method, optional values are [token oidc]",
        "frp.ini: [common] bind_port: port number 70000 must be in the range 0..65535",
        "frp.ini: [plugin.p] ops: invalid http plugin ops, "
        "optional values are [Login NewProxy CloseProxy Ping NewWorkConn NewUserConn]",
    ]
    text = "[common]\nprotocol = x\nheartbeat_interval = 30\nheartbeat_timeout = 10"
    assert client_faults(text, name=INI) == [
        "frp.ini: [common] heartbeat_timeout: invalid transport.heartbeatTimeout, "
        "heartbeat timeout should not less than heartbeat interval",
        "frp.ini: [common] protocol: invalid transport.protocol, optional values are [tcp kcp quic websocket wss]",
    ]


def test_unknown_keys_are_warned_of(frps: LoadServer, frpc: LoadClient) -> None:
    text = """
    [common]
    bind_prt = 1
    log_way = file
    tls_enable = true
    dashboard_tls_key_file = k
    [plugin.a]
    tls_verify = true
    """
    assert frps(text, INI).warnings == [
        "frp.ini: [common] dashboard_tls_key_file: has no effect without dashboard_tls_mode = true",
        'frp.ini: [common] bind_prt: unknown key, ignored, did you mean "bind_port"?',
        "frp.ini: [common] log_way: has no effect any more, log_file alone decides",
        "frp.ini: [common] tls_enable: is an option of frpc and has no effect here; tls_only demands TLS",
        'frp.ini: [plugin.a] tls_verify: unknown key, ignored, did you mean "tlsVerify"?',
    ]
    text = "[common]\n[a]\nremote_prt = 1\nsk = k\nheader_X = 1\n[b]\ntype = http\nsubdomain = s\ncustom_domain = d"
    assert frpc(text, INI).warnings == [
        'frp.ini: [a] remote_prt: unknown key, ignored, did you mean "remote_port"?',
        "frp.ini: [a] sk: has no effect for a proxy of type tcp",
        "frp.ini: [a] header_X: unknown key, ignored",
        'frp.ini: [b] custom_domain: unknown key, ignored, did you mean "custom_domains"?',
    ]


def test_what_belongs_to_the_other_program_is_warned_of(frps: LoadServer, frpc: LoadClient) -> None:
    assert frps("[common]\nserver_addr = h\n[ssh]\ntype = tcp", INI).warnings == [
        "frp.ini: [common] server_addr: has no effect for frps",
        "frp.ini: [common]: section [ssh] has no effect in a file of frps",
    ]
    assert frpc("[common]\ntls_only = true", INI).warnings == ["frp.ini: [common] tls_only: has no effect for frpc"]


def test_a_note_behind_a_value_is_warned_of(frpc: LoadClient) -> None:
    loaded = frpc("[common]\noidc_client_id = abc # the id\ntoken = a#b;c\n", INI)
    assert loaded.config.auth.oidc.client_id == "abc # the id"
    assert loaded.config.auth.token == "a#b;c"
    (warning,) = loaded.warnings
    assert warning.startswith("frp.ini: [common] oidc_client_id: has a note behind its value")
    assert "the id" not in warning


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("local_port = 1", "local_port or remote_port is empty"),
        ("local_port = 1-2\nremote_port = 1", "local ports number should be same with remote ports number"),
        ("local_port = 2-1\nremote_port = 1", "range number is invalid"),
        ("local_port = 1-99999\nremote_port = 1-99999", "99999 ports, there are no more than 65536"),
        (
            "local_port = a\nremote_port = 1",
            'range number is invalid, strconv.ParseInt: parsing "a": invalid syntax',
        ),
    ],
)
def test_faults_of_ranges(client_faults: Faults, lines: str, problem: str) -> None:
    assert client_faults(f"[common]\n[range:x]\n{lines}", name=INI) == [f"frp.ini: [range:x]: {problem}"]


def test_a_fault_in_a_range_is_told_once(client_faults: Faults) -> None:
    text = "[common]\n[range:x]\nlocal_port = 1-5\nremote_port = 1-5\nuse_encryption = maybe"
    assert client_faults(text, name=INI) == [
        "frp.ini: [range:x] use_encryption: expected boolean: not a boolean: 'maybe' (use true or false)"
    ]


def test_faults_of_included_files_name_them(client_faults: Faults, tmp_path: Path) -> None:
    (tmp_path / "confd").mkdir()
    (tmp_path / "confd/a.ini").write_text("[a]\nlocal_port = x\n")
    (tmp_path / "confd/b.ini").write_text("{{ bogus }}")
    text = "[common]\nincludes = confd/*.ini, none/*.ini\n[b]\nlocal_port = y"
    lines = client_faults(text, name=INI)
    assert any(line.startswith(f"{tmp_path}/confd/b.ini: template: frp:1: function") for line in lines)
    assert f"{tmp_path}/confd/a.ini: [a] local_port: expected integer: not an integer: 'x'" in lines
    assert "frp.ini: [b] local_port: expected integer: not an integer: 'y'" in lines
    assert "frp.ini: [common] includes[1]: include: directory of none/*.ini not exist" in lines
    assert len(lines) == 4


def test_a_broken_included_file_is_named_with_its_own_line(client_faults: Faults, tmp_path: Path) -> None:
    (tmp_path / "confd").mkdir()
    (tmp_path / "confd/a.ini").write_text("[a]\nlocal_port = 1\n[b\n")
    (line,) = client_faults("[common]\nincludes = confd/a.ini\n", name=INI)
    assert line.startswith(f"{tmp_path}/confd/a.ini: line 3: section header without ']'")


def test_faults_of_an_ini_without_common(server_faults: Faults) -> None:
    assert server_faults("bind_port = x", name="frps.ini") == [
        "frps.ini: bind_port: expected integer: not an integer: 'x'"
    ]


def test_notes_in_another_encoding_do_no_harm_but_values_must_be_utf8(tmp_path: Path) -> None:
    path = tmp_path / "frps.ini"
    path.write_bytes("# 服务器\n[common]\nbind_port = 7001\n".encode("gbk"))
    assert load_server(path).config.bind_port == 7001
    path.write_bytes("# 服务器\nbind_port = 7001\n".encode("gbk"))
    assert load_server(path).config.bind_port == 7001
    path.write_bytes("[common]\ntoken = 口令\n".encode("gbk"))
    with pytest.raises(ConfigError) as caught:
        load_server(path)
    assert caught.value.faults == [f"{path}: line 2: is not text in UTF-8"]
