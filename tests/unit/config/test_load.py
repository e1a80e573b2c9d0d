from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from frpg.config.client import default_client
from frpg.config.load import load_client, load_client_text, load_server, load_server_text
from frpg.errors import ConfigError
from tests.unit.config.conftest import Faults, LoadClient, LoadServer

TCP = '[[proxies]]\nname = "{}"\ntype = "tcp"\n'


def names(loaded: object) -> list[str]:
    config = loaded.config  # type: ignore[attr-defined]
    return [entry.name for entry in (*config.proxies, *config.visitors)]


@pytest.mark.parametrize("load", [load_server, load_client])
def test_a_missing_file(tmp_path: Path, load: object) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.toml")  # type: ignore[operator]
    assert caught.value.faults == [f"open {tmp_path}/none.toml: no such file or directory"]


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_server(tmp_path)
    assert caught.value.faults == [f"read {tmp_path}: is a directory"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "frps.toml").touch(mode=0)
    with pytest.raises(ConfigError, match="permission denied"):
        load_server(tmp_path / "frps.toml")


@pytest.mark.parametrize("name", ["frps", "frps.conf", "frps.toml", "frps.yaml", "frps.json", "frps.ini"])
@pytest.mark.parametrize("text", ["bindPort = 7001", 'bindPort = 7001\n[log]\nlevel = "warn"'])
def test_toml_is_read_under_any_name(frps: LoadServer, name: str, text: str) -> None:
    loaded = frps(text, name)
    assert (loaded.config.bind_port, loaded.is_legacy) == (7001, False)


@pytest.mark.parametrize("name", ["frps", "frps.conf", "frps.ini", "frps.yaml", "frps.json"])
@pytest.mark.parametrize(
    "text", ["bindPort: 7001", '{"bindPort": 7001}', "# note\nbindPort: 7001\nlog:\n  level: warn\n"]
)
def test_yaml_and_json_are_read_under_any_name_but_toml(frps: LoadServer, name: str, text: str) -> None:
    loaded = frps(text, name)
    assert (loaded.config.bind_port, loaded.is_legacy) == (7001, False)


@pytest.mark.parametrize("name", ["frps", "frps.toml", "frps.yaml", "frps.json", "frps.ini"])
def test_ini_is_read_under_any_name(frps: LoadServer, name: str) -> None:
    loaded = frps("[common]\nbind_port = 7001", name)
    assert (loaded.config.bind_port, loaded.is_legacy) == (7001, True)


@pytest.mark.parametrize("text", ["", "# nothing\n", "\n\n"])
@pytest.mark.parametrize("name", ["frps.toml", "frps.yaml", "frps.ini", "frps"])
def test_an_empty_file_is_an_empty_configuration(frps: LoadServer, text: str, name: str) -> None:
    assert frps(text, name).config.bind_port == 7000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("frps.toml", "bindPort = "),
        ("frps.toml", "bindPort = 1\nbindPort = 2"),
        ("frps.toml", "bindPort: 7000"),
        ("frps.yaml", "a: b: c"),
        ("frps.json", '{"bindPort": }'),
        ("frps", "just words"),
        ("frps.yaml", "- 1\n- 2"),
        ("frps.toml", "x = {{ bogus }}"),
        ("frps.toml", "x = {{ .Foo }}"),
        ("frps.toml", "x = {{"),
    ],
)
def test_a_file_that_is_none_names_itself(server_faults: Faults, name: str, text: str) -> None:
    lines = server_faults(text, name=name)
    assert lines
    assert all(line.startswith(f"{name}: ") for line in lines), lines


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "frps.toml").write_bytes(b'\xff\xfe\x00bindAddr = "\x80"')
    with pytest.raises(ConfigError):
        load_server(tmp_path / "frps.toml")
    (tmp_path / "frps.toml").write_bytes(b'# \x80\nbindAddr = "\x80"')
    with pytest.raises(ConfigError) as caught:
        load_server(tmp_path / "frps.toml")
    assert caught.value.faults == [f"{tmp_path}/frps.toml: line 2: is not text in UTF-8"]


def test_a_variable_that_is_no_text(server_faults: Faults) -> None:
    assert server_faults('bindAddr = "{{ .Envs.A }}"', environ={"A": "\udc80"}) == [
        "frps.toml: an environment variable that it uses is not text in UTF-8"
    ]


def test_templates_take_the_environment_given(
    frps: LoadServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = 'bindAddr = "{{ .Envs.FRPG_TEST }}"'
    assert frps(text, environ={"FRPG_TEST": "::1"}).config.bind_addr == "::1"
    monkeypatch.setenv("FRPG_TEST", "::2")
    assert load_server(tmp_path / "frps.toml").config.bind_addr == "::2"


def test_strict_and_not(frps: LoadServer, server_faults: Faults) -> None:
    text = "bindPrt = 7001\ntransport.tcpMx = true"
    assert server_faults(text) == [
        'frps.toml: bindPrt: unknown field "bindPrt", did you mean "bindPort"?',
        'frps.toml: transport.tcpMx: unknown field "tcpMx", did you mean "tcpMux"?',
    ]
    assert frps(text, strict=False).config.bind_port == 7000


def test_yaml_numbers_as_strings(frps: LoadServer, server_faults: Faults, client_faults: Faults) -> None:
    text = "auth: {token: 12345}"
    wrong = "auth.token: expected string, got integer, put it in quotes"
    assert frps(text, "frps.yaml", strict=False).config.auth.token == "12345"
    assert server_faults(text, name="frps.yaml") == [f"frps.yaml: {wrong}"]
    assert client_faults(text, name="frpc.yaml", strict=False) == [f"frpc.yaml: {wrong}"]


def test_unknown_options_of_every_level_of_a_client(client_faults: Faults, frpc: LoadClient) -> None:
    text = """
    serverAdr = "x"
    [[proxies]]
    name = "a"
    type = "tcp"
    transport.useEncrypt = true
    plugin = { type = "socks5", usrname = "u" }
    [[visitors]]
    name = "v"
    type = "stcp"
    serverName = "s"
    bindPort = 1
    plugin = { type = "virtual_net", destinationIp = "1", destinatonIP = "1" }
    """
    assert client_faults(text) == [
        'frpc.toml: serverAdr: unknown field "serverAdr", did you mean "serverAddr"?',
        'frpc.toml: proxies[0].transport.useEncrypt: unknown field "useEncrypt", did you mean "useEncryption"?',
        'frpc.toml: proxies[0].plugin.usrname: unknown field "usrname", did you mean "username"?',
        'frpc.toml: visitors[0].plugin.destinatonIP: unknown field "destinatonIP", did you mean "destinationIP"?',
    ]
    assert names(frpc(text, strict=False)) == ["a", "v"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[proxies]\nname = 1", "proxies: expected list, got object; in TOML each one begins with [[proxies]]"),
        ("proxies = [1]", "proxies[0]: expected object, got integer"),
        ('[[proxies]]\nname = "a"', "proxies[0].type: proxy type is required, optional values are"),
        ("[[visitors]]\ntype = 5", "visitors[0].type: expected string, got integer"),
    ],
)
def test_lists_of_another_shape(client_faults: Faults, text: str, fault: str) -> None:
    (line,) = client_faults(text)
    assert line.startswith(f"frpc.toml: {fault}")


def test_a_null_entry(client_faults: Faults) -> None:
    assert client_faults("proxies: [null]", name="frpc.yaml") == ["frpc.yaml: proxies[0]: type is required"]


def test_keys_of_the_lists_match_in_any_letter_case(frpc: LoadClient) -> None:
    assert names(frpc('[[PROXIES]]\nNAME = "a"\nTYPE = "tcp"')) == ["a"]


def test_entries_are_sorted_by_the_bytes_of_their_names(frpc: LoadClient) -> None:
    text = "".join(TCP.format(name) for name in ("é", "b", "a", "B", "z"))
    assert names(frpc(text)) == ["B", "a", "b", "z", "é"]


def test_duplicates(client_faults: Faults, frpc: LoadClient) -> None:
    visitor = '[[visitors]]\nname = "a"\ntype = "stcp"\nserverName = "s"\nbindPort = 1\n'
    assert names(frpc(TCP.format("a") + visitor)) == ["a", "a"]
    text = TCP.format("a") + visitor + TCP.format("a") + "enabled = false\n" + visitor
    assert client_faults(text) == [
        "frpc.toml: proxies[1].name: proxy name [a] is duplicated",
        "frpc.toml: visitors[1].name: visitor name [a] is duplicated",
    ]


def test_start_and_enabled_choose_and_the_rest_is_not_validated(frpc: LoadClient, client_faults: Faults) -> None:
    bad = TCP.format("bad") + "localPort = 70000\n"
    text = (
        'start = ["a", "c", "none"]\n' + TCP.format("a") + bad + TCP.format("c") + "enabled = false\nlocalPort = -1\n"
    )
    assert names(frpc(text)) == ["a"]
    assert names(frpc(TCP.format("a") + "enabled = true")) == ["a"]
    # What is left out is decoded all the same.
    (line,) = client_faults('start = ["a"]\n' + bad.replace('"tcp"', '"zzz"'))
    assert "unknown proxy type: zzz" in line


def test_includes(frpc: LoadClient) -> None:
    folder = Path("confd")
    folder.mkdir()
    (folder / "sub.toml").mkdir()
    (folder / "b.toml").write_text(TCP.format("b") + TCP.format("left-out") + "enabled = false")
    (folder / "a.toml").write_text('serverAddr = "ignored"\nincludes = ["none/*"]\n' + TCP.format("a{{ .Envs.N }}"))
    (folder / "c.yaml").write_text("visitors: [{name: v, type: stcp, serverName: s, bindPort: 1}]")
    (folder / "d.txt").write_text("not read")
    loaded = frpc('includes = ["confd/*.toml", "./confd/c.yaml", "confd/none"]\n' + TCP.format("m"), environ={"N": "1"})
    assert names(loaded) == ["a1", "b", "m", "v"]
    assert loaded.config.server_addr == "0.0.0.0"


def test_faults_of_included_files_name_them(client_faults: Faults, tmp_path: Path) -> None:
    (tmp_path / "confd").mkdir()
    (tmp_path / "confd/a.toml").write_text("serverAdr = 1\n" + TCP.format("m") + TCP.format("x") + "localPort = -1")
    (tmp_path / "confd/b.toml").write_text("not toml")
    (tmp_path / "confd/c.toml").write_text("[common]\n[a]\ntype = tcp")
    lines = client_faults('includes = ["confd/*.toml", "none/*.toml"]\n' + TCP.format("m"))
    broken = [line for line in lines if line.startswith(f"{tmp_path}/confd/b.toml: ")]
    assert len(broken) == 1
    assert [line for line in lines if line not in broken] == [
        "frpc.toml: includes[1]: include: directory of none/*.toml not exist",
        f'{tmp_path}/confd/a.toml: serverAdr: unknown field "serverAdr", did you mean "serverAddr"?',
        f"{tmp_path}/confd/c.toml: is an INI file, frpc.toml can include TOML, YAML and JSON only",
        f"{tmp_path}/confd/a.toml: proxies[0].name: proxy name [m] is duplicated",
        f"{tmp_path}/confd/a.toml: proxies[1].localPort: proxy x: port number -1 must be in the range 0..65535",
    ]


def test_top_level_keys_with_a_dot_hold_anchors(frpc: LoadClient, client_faults: Faults) -> None:
    text = ".common: &c {type: tcp, localPort: 1}\nproxies: [{<<: *c, name: a}, {<<: *c, name: b}]"
    assert names(frpc(text, "frpc.yaml")) == ["a", "b"]
    (line,) = client_faults("transport: {.x: 1}", name="frpc.yaml")
    assert 'unknown field ".x"' in line


def test_nothing_of_the_process_leaks_in(frpc: LoadClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://h:1")
    assert frpc("", environ={}).config == default_client({})


@pytest.mark.parametrize("text", ["bindPort = 7001", "[common]\nbind_port = 7001"])
def test_frps_loads_nothing_that_it_does_not_need(tmp_path: Path, text: str) -> None:
    """Each module costs start-up time, of which frps has little."""
    (tmp_path / "frps").write_text(text)
    program = f"""
import sys
from frpg.config.load import load_server
load_server({str(tmp_path / "frps")!r})
print(*(name for name in ("frpg.config.client", "frpg.config.proxies", "frpg.config.template", "yaml", "gevent")
        if name in sys.modules))
"""
    root = Path(__file__).resolve().parents[3]
    result = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert result.stdout == "\n"


def test_a_text_is_loaded_as_if_the_file_held_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("frpc.toml").write_text("user = 'saved'")
    Path("more.toml").write_text('[[proxies]]\nname = "a"\ntype = "tcp"\nlocalPort = 1\n')
    config = load_client_text("user = 'new'\nincludes = ['more.toml']", "frpc.toml", environ={}).config
    assert (config.user, [proxy.name for proxy in config.proxies]) == ("new", ["a"])
    assert load_client_text("[common]\nuser = u\n", "none.ini", environ={}).is_legacy
    assert load_server_text("bindPort = {{ .Envs.P }}", "none.toml", environ={"P": "7"}).config.bind_port == 7
    with pytest.raises(ConfigError) as caught:
        load_server_text("bindPorts = 7", "none.toml", environ={})
    assert caught.value.faults == ['none.toml: bindPorts: unknown field "bindPorts", did you mean "bindPort"?']
    assert load_server_text("bindPorts = 7", "none.toml", strict=False, environ={}).config.bind_port == 7000
