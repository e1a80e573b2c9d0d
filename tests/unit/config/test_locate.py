from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from frpg.config.load import load_client_text, load_server_text
from frpg.config.locate import PlacedFault, faults_with_lines, line_of, places
from frpg.errors import ConfigError

CONF = Path(__file__).resolve().parents[3] / "conf"
TREE = {
    "serverPort": 7000,
    "auth": {"token": "a: b # c", "additionalScopes": ["HeartBeats", "NewWorkConns"]},
    "metadatas": {"a.b": "x", "c d": "y\nz", 'q"u': "{[,]}"},
    "proxies": [
        {"name": "a", "type": "tcp", "plugin": {"type": "socks5", "username": "u"}},
        {"name": "b", "type": "http", "healthCheck": {"httpHeaders": [{"name": "x", "value": "1"}, {"name": "y"}]}},
    ],
    "empty": [],
}


def flat(tree: Any, path: str = "") -> Iterator[str]:
    """Key paths of all that is in a tree."""
    if path:
        yield path.lower()
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from flat(value, f"{path}[{key}]" if isinstance(tree, list) else f"{path}.{key}" if path else key)


def last_key(path: str) -> str:
    return re.sub(r"\[\d+\]\Z", "", path).rpartition(".")[2]


def toml_of(tree: dict[str, Any]) -> str:
    return "\n".join(f"{json.dumps(key)} = {_inline(value)}" for key, value in tree.items())


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"  {_inline(item)}" for item in value) + ", # end\n]"
    return json.dumps(value)


WRITERS: list[tuple[str, Callable[[Any], str]]] = [
    ("yaml", lambda tree: yaml.safe_dump(tree, sort_keys=False)),
    ("yaml", lambda tree: yaml.safe_dump(tree, default_flow_style=True, width=20)),
    ("json", lambda tree: json.dumps(tree, indent="\t")),
    ("json", lambda tree: json.dumps(tree, separators=(",\n", "\n:"))),
    ("json", json.dumps),
    ("toml", toml_of),
]


@pytest.mark.parametrize(("format_", "write"), WRITERS)
def test_all_that_is_in_a_text_has_its_line(format_: str, write: Callable[[Any], str]) -> None:
    text = write(TREE)
    found = places(text, format_)
    assert sorted(found) == sorted(flat(TREE))
    lines = text.lower().split("\n")
    for path, line in found.items():
        if not path.endswith("]") and path != 'metadatas.q"u':
            assert last_key(path).rpartition(".")[2] in lines[line - 1], path


@pytest.mark.parametrize("name", ["frps_full.toml", "frpc_full.toml"])
def test_every_option_of_the_long_files_is_found_where_it_stands(name: str) -> None:
    text = re.sub(r"^#(?=[\w\[])", "", (CONF / name).read_text(), flags=re.M)
    found, lines = places(text, "toml"), text.lower().split("\n")
    assert set(flat(tomllib.loads(text))) <= set(found)
    for path, line in found.items():
        key = last_key(path)
        assert re.search(rf"\b{re.escape(key)}\b", lines[line - 1]) or path.endswith("]"), path


def test_toml_in_all_its_forms() -> None:
    text = '''\
# a note = 1
auth.token = "a ] # \\" [x]"   # auth.method = 5
auth . "additionalScopes" = [ "x", # one
  'y' ]
text = """
serverPort = 1
\\""" and ""more"""""
raw = \'\'\'
[proxies] \'\'\'
when = 2024-05-01 10:00:00

[[proxies]]
name = "a"
plugin = { type = "socks5", "user.name" = "x" }
  [proxies.transport]
  useEncryption = true

[[ proxies ]]
  [[proxies.locations]]
  [[proxies.locations]]
  x = [[1, 2],
       [3]]
[webServer.tls]
certFile = "c"
'''
    tomllib.loads(text)
    expected = {
        "auth": 2,
        "auth.token": 2,
        "auth.additionalScopes": 3,
        "auth.additionalScopes[1]": 4,
        "text": 5,
        "raw": 8,
        "when": 10,
        "proxies[0]": 12,
        "proxies[0].name": 13,
        "proxies[0].plugin.type": 14,
        "proxies[0].plugin.user.name": 14,
        "proxies[0].transport": 15,
        "proxies[0].transport.useEncryption": 16,
        "proxies[1]": 18,
        "proxies[1].locations[0]": 19,
        "proxies[1].locations[1].x[0][1]": 21,
        "proxies[1].locations[1].x[1]": 22,
        "webServer": 23,
        "webServer.tls.certFile": 24,
    }
    assert {path: line_of(text, "toml", path) for path in expected} == expected
    assert "serverport" not in places(text, "toml")


def test_yaml_in_its_other_forms() -> None:
    text = """\
base: &base
  a: 1
---
x: 1
"""
    assert places(text, "yaml") == {"base": 1, "base.a": 2}
    text = "common: &c\n  name: n\nproxies:\n- <<: *c\n  type: tcp\n- *c\n-\n  name: |\n    x: 1\n"
    expected = {"proxies[0].type": 5, "proxies[0].name": 4, "proxies[1].name": 6, "proxies[2].name": 8}
    assert {path: line_of(text, "yaml", path) for path in expected} == expected


def test_what_is_not_there_has_the_line_of_what_is_around_it() -> None:
    text = '[webServer]\nport = 1\n[[proxies]]\nname = "a"\n[[proxies]]\nname = "b"\nhealthCheck.type = "http"\n'
    assert line_of(text, "toml", "webServer.tls.certFile") == 1
    assert line_of(text, "toml", "proxies[1].customDomains") == 5
    assert line_of(text, "toml", "PROXIES[1].healthCheck.path") == 7
    assert line_of(text, "toml", "proxies[7].name") == 3
    assert line_of(text, "toml", "auth.token") == 0
    assert line_of("[common]\n\n[ssh]\nlocal_port = 1\n", "ini", "[ssh] remote_port") == 3


def test_ini_places() -> None:
    text = "user = x\n[common]\nserver_port = 1\n; a note\n[range:a b]\nlocal_port = 1\n[common]\nserver_port = 2\n"
    expected = {"user": 1, "[common]": 2, "[common] server_port": 8, "[range:a b]": 5, "[range:a b] local_port": 6}
    assert {path: line_of(text, "ini", path) for path in expected} == expected
    assert line_of("[common\n", "ini", "[common]") == 0


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ('a = "\n', "toml"),
        ("a = [1, 2", "toml"),
        ("a = {b = 1", "toml"),
        ("[a\nb=1", "toml"),
        ("= 1", "toml"),
        ("a = " + "[" * 100_000, "toml"),
        ("a." * 100_000 + "b = 1", "toml"),
        ("a: [", "yaml"),
        ("? [a]\n: b\n", "yaml"),
        ("a: \t- }", "yaml"),
        ("[" * 100_000, "yaml"),
        ('{"a": [}', "json"),
        ('{"a": "', "json"),
        ("]]}}", "json"),
        ("[" * 100_000, "json"),
        ('{"a":' * 100_000, "json"),
    ],
)
def test_a_broken_text_is_read_as_far_as_it_goes(text: str, format_: str) -> None:
    assert set(places(text, format_).values()) <= {1, 2}


@pytest.mark.parametrize("format_", ["toml", "json", "yaml"])
def test_long_keys_with_much_in_them_take_little_memory(format_: str) -> None:
    key = "k" * 50_000
    inner = {f"a{n}": 1 for n in range(2_000)}
    text = f"[{key}]\n" + "\n".join(f"{k} = 1" for k in inner) if format_ == "toml" else json.dumps({key: inner})
    assert sum(map(len, places(text, format_))) < 500_000


def placed(text: str, path: str = "./frpc.toml", **kw: Any) -> list[PlacedFault]:
    load = load_server_text if "frps" in path else load_client_text
    with pytest.raises(ConfigError) as caught:
        load(text, path, environ=kw.get("environ", {}))
    return faults_with_lines(text, path, caught.value, **{"environ": {}, **kw})


def short(faults: list[PlacedFault]) -> list[tuple[int, str]]:
    return [(fault["line"], fault["path"]) for fault in faults]


def test_faults_of_values_have_path_line_and_text() -> None:
    text = 'serverPort = "x"\n[[proxies]]\nname = "a"\ntype = "tcp"\nremotePort = "y"\n[[proxies]]\nname = "b"\n'
    assert placed(text) == [
        {"line": 1, "path": "serverPort", "text": "expected integer, got string, write it without quotes"},
        {"line": 5, "path": "proxies[0].remotePort", "text": "expected integer, got string, write it without quotes"},
        {
            "line": 6,
            "path": "proxies[1].type",
            "text": "proxy type is required, optional values are [tcp udp http https tcpmux stcp sudp xtcp]",
        },
    ]


def test_faults_in_every_format() -> None:
    assert short(placed('{\n "serverPort": "x",\n "log":\n {"level":\n "no"}\n}', "f.json")) == [
        (2, "serverPort"),
        (4, "log.level"),
    ]
    assert short(placed("log:\n  level: no\nproxies:\n- name: a\n  type: zz\n", "frps.yaml")) == [
        (2, "log.level"),
        (3, "proxies"),
    ]
    text = "[common]\nserver_port = x\n[web: 1]\ntype = http\n[ssh]\nlocal_port = z\n"
    assert short(placed(text, "f.ini")) == [
        (2, "[common] server_port"),
        (3, "[web: 1] custom_domains"),
        (6, "[ssh] local_port"),
    ]


def test_faults_of_keys_that_a_user_made_up() -> None:
    text = 'serverAddr = "x"\n"a b: c" = 1\nnope = 1\n[[proxies]]\nname = "a"\ntype = "tcp"\nmetadatas."x y" = 5\n'
    assert short(placed(text)) == [(2, "a b: c"), (3, "nope"), (7, "proxies[0].metadatas.x y")]


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb = oops\n", "f.toml", 2),
        ("a: 1\nb: [\n", "f.yaml", 3),
        ("a: 1\nb: \x07\n", "f.yaml", 2),
        ('{"a": 1,\n "b" 2}', "f.json", 2),
        ("[common]\na = 1\nfoo\n[x]\n", "f.ini", 3),
        ("x\ny", "f", 1),
        ("a = 1\nb = {{ .Envs.X | nope }}\n", "f.toml", 2),
        ("a = 1\nb = {{ if }}\n", "f.toml", 2),
        ("a = {{ 1 }}\nb = oops\n", "f.toml", 2),
        ("{{ if true }}\n\na = 1{{ end }}\nb = oops{{ range 1 }}{{ end }}\n", "f.toml", 4),
    ],
)
def test_faults_of_the_text_have_the_line_that_they_name(text: str, path: str, line: int) -> None:
    (fault,) = placed(text, path)
    assert (fault["line"], fault["path"]) == (line, "")
    assert not fault["text"].startswith(path)


def test_a_template_has_lines_as_long_as_it_keeps_their_number() -> None:
    assert short(placed("user = '{{ .Envs.U }}'\nlog.level = 'x'\n", environ={"U": "me"})) == [(2, "log.level")]
    text = '{{ range $v := parseNumberRangePair "1-2" "1-2" }}\n{{ end }}\nlog.level = \'x\'\n'
    assert short(placed(text)) == [(0, "log.level")]
    environ = {"U": "a'\nserverPort = 1\nuser = '"}
    assert short(placed("user = '{{ .Envs.U }}'\nb = oops\n", environ=environ)) == [(0, "")]


def test_faults_of_an_included_file_name_it(tmp_path: Path) -> None:
    (tmp_path / "more.toml").write_text('[[proxies]]\nname = "a"\ntype = "tcp"\nremotePort = "x"\n')
    (fault,) = placed(f"includes = ['{tmp_path}/*.toml']\n")
    assert (fault["line"], fault["path"]) == (0, "")
    assert fault["text"].startswith(f"{tmp_path}/more.toml: proxies[0].remotePort: expected integer")


def test_many_faults_are_placed_in_time_that_grows_with_the_text_only() -> None:
    count = 3_000
    text = "[metadatas]\n" + "\n".join(f'"k {n}" = {n}' for n in range(count)) + "\n"
    faults = placed(text)
    assert short(faults) == [(n + 2, f"metadatas.k {n}") for n in range(count)]


def test_a_name_made_of_dots_is_given_up_soon() -> None:
    key = "a." * 200_000
    (fault,) = placed(json.dumps({key: 1}), "f.json")
    assert fault["line"] == 0
