"""Telling the formats apart, and TOML, YAML and JSON as one kind of tree."""

from __future__ import annotations

import sys

import pytest

from frpg.config.formats import FormatError, is_legacy, looks_like_headerless_ini, parse_tree


def error_of(text: str, path: str, *, strict: bool = True) -> str:
    with pytest.raises(FormatError) as caught:
        parse_tree(text, path, strict=strict)
    assert len(caught.value.faults) == 1
    return caught.value.faults[0]


@pytest.mark.parametrize(
    "text",
    [
        "[common]",
        "# comment\n[common]\nbind_port = 7000\n",
        "\ufeff[common]\r\nbind_port = 7000\r\n",
        "  [common]\nbind_port: 7000",
        "[common] ; note\nk = v",
        "[common]junk\nk = v",
        "[ssh]\ntype = tcp\n[common]\n",
        "[common]\nserver_addr = {{ .Envs.X }}",
        "[common]\ntoken = a # b",
        "[common]\n{{ $x := 1 }}\nk = v",
    ],
)
def test_legacy(text: str) -> None:
    assert is_legacy(text)
    assert not looks_like_headerless_ini(text, "frps.ini")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# comment",
        "bind_port = 7000",
        "[ common ]\nk = v",
        "[Common]\nk = v",
        "[common #]\nk = v",
        "[common] ; c]\nk = v",
        "[common]\nuse_encryption",
        "[common]\n{{ end }}",
        "[common\nk = v",
        "[common]\n= v",
        "[common]\nk = `v",
        "k = `\n[common]\n`",
        "k = a\\\n[common]",
        "bindPort = 7000",
        'bindPort = 7000\n[log]\nlevel = "info"',
        "common:\n  k: v",
        '{"common": 1}',
    ],
)
def test_not_legacy(text: str) -> None:
    assert not is_legacy(text)


@pytest.mark.parametrize(
    "text",
    [
        "bind_udp_port = 7001",
        "subdomain_host = frps.com",
        "tls_enable = true\ntls_cert_file = certificate.crt",
        "# frpc.ini\n[ssh]\ntype = tcp\nlocal_port = 22\n",
        "[web]\ntype = http\nheader_X-From-Where = frp",
        "[range:tcp]\nlocal_port = 6000-6006,6007",
        "[http_proxy]\nplugin = http_proxy",
        "[ssh]\ntype = 'tcp'\nlocal_port = 22",
        "bind_port: 7000",
        "server_addr = {{ .Envs.X }}\nserver_port = 7000",
        "user = bob",
        "start = ssh,web",
        "[Common]\nbind_port = 7000",
        "[log]\ntype = tcp\nlocal_port = 22",
    ],
)
@pytest.mark.parametrize("path", ["frps.ini", "/etc/frp/FRPC.INI", "./a.b.ini"])
def test_headerless_ini(text: str, path: str) -> None:
    assert looks_like_headerless_ini(text, path)


@pytest.mark.parametrize("path", ["frps.toml", "frps.yaml", "frps.json", "frps.conf", "ini", "frps.ini.bak", ""])
def test_only_files_named_ini_may_lack_the_header(path: str) -> None:
    assert not looks_like_headerless_ini("bind_udp_port = 7001", path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# comment",
        "bindPort = 7000",
        "BINDPORT: 7000",
        '{"bindPort": 7000}',
        "{broken",
        'serverAddr = "x"\n[[proxies]]\nname = "ssh"',
        "serverAddr = {{ .Envs.X }}\nserverPort = 7000",
        "[[proxies]]\nname = {{ .Envs.X }}",
        "serverAddr: x\nproxies:\n- name: ssh\n  type: tcp\n",
        "auth.token = 'x'\nbogus = [",
        "[webServer]\nport = nonsense",
        'user = "bob"',
        "user: bob",
        "- a = b",
        "tls_enable = true\nuse_encryption",
        "transport.tls.enable = yes",
    ],
)
def test_the_newer_options_are_no_headerless_ini(text: str) -> None:
    assert not looks_like_headerless_ini(text, "frps.ini")


TREE = {"user": "x", "auth": {"token": "t"}, "start": ["a", "b"], "transport": {"poolCount": 2, "tcpMux": True}}
TOML = 'user = "x"\nauth.token = "t"\nstart = ["a", "b"]\n[transport]\npoolCount = 2\ntcpMux = true\n'
YAML = "user: x\nauth: {token: t}\nstart:\n- a\n- b\ntransport:\n  poolCount: 2\n  tcpMux: yes\n"
JSON = ' \n{"user": "x", "auth": {"token": "t"}, "start": ["a", "b"], "transport": {"poolCount": 2, "tcpMux": true}}'


@pytest.mark.parametrize("path", ["a.toml", "a.yaml", "a.yml", "a.json", "a.ini", "a.conf", "a", "A.YAML"])
@pytest.mark.parametrize("text", [TOML, YAML, JSON], ids=["toml", "yaml", "json"])
def test_the_content_decides_and_not_the_name(text: str, path: str) -> None:
    if path == "a.toml" and text != TOML:
        assert error_of(text, path).startswith("toml: line ")
    else:
        assert parse_tree(text, path) == TREE


@pytest.mark.parametrize("path", ["a.toml", "a.yaml", "a.json", "a"])
@pytest.mark.parametrize("text", ["", "\n", "# nothing\n"])
def test_nothing_is_an_empty_tree(text: str, path: str) -> None:
    assert parse_tree(text, path) == {}


@pytest.mark.parametrize("text", ["~", "---", "null\n"])
def test_null_is_an_empty_tree(text: str) -> None:
    assert parse_tree(text, "a.yaml") == {}


def test_yaml_is_imported_for_yaml_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert parse_tree(TOML, "a.yaml") == parse_tree(JSON, "a.yaml") == TREE
    with pytest.raises(ImportError):
        parse_tree(YAML, "a.yaml")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7000", 7000),
        ("7000.0", 7000),
        ("1e3", 1000),
        ("7000.5", 7000.5),
        ("0o17", 15),
        ("1_000", 1000),
        ("2001-01-01", "2001-01-01"),
        ("2001-01-01 10:00:00", "2001-01-01T10:00:00"),
        ("2001-01-01T10:00:00Z", "2001-01-01T10:00:00Z"),
        ("2001-01-01T10:00:00.500Z", "2001-01-01T10:00:00.5Z"),
        ("2001-01-01T10:00:00.25+01:30", "2001-01-01T10:00:00.25+01:30"),
        ("10:00:00", "10:00:00"),
        ("10:00:00.120", "10:00:00.12"),
        ("'é'", "é"),
    ],
)
def test_toml_values(written: str, read: object) -> None:
    found = parse_tree(f"k = [{written}]", "a.toml")["k"][0]
    assert found == read and type(found) is type(read)


@pytest.mark.parametrize(
    ("written", "read"), [("7000.0", 7000), ("1e3", 1000), ("1e20", 10**20), ("7.5", 7.5), ("2024-01-01", "2024-01-01")]
)
def test_yaml_values(written: str, read: object) -> None:
    found = parse_tree(f"k: {written}", "a.yaml")["k"]
    assert found == read and type(found) is type(read)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7000", 7000),
        ("7000.0", 7000.0),
        ("1e3", 1000.0),
        ("99999999999999999999", 99999999999999999999),
        (r'"\u00e9"', "é"),
        (r'"\ud83d\ude00"', "😀"),
        (r'"\ud800x"', "\ufffdx"),
        ("null", None),
    ],
)
def test_json_values_are_kept_as_they_are(written: str, read: object) -> None:
    found = parse_tree(f'{{"k": {written}}}', "a.json")["k"]
    assert found == read and type(found) is type(read)


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("k = nan", "a.toml", "json: unsupported value: NaN"),
        ("k = [inf]", "a.toml", "json: unsupported value: +Inf"),
        ("k = -inf", "a.toml", "json: unsupported value: -Inf"),
        ("k: .nan", "a.yaml", "json: unsupported value: NaN"),
        ("k: -.inf", "a.yaml", "json: unsupported value: -Inf"),
        ('{"k": NaN}', "a.json", "invalid character 'N' looking for beginning of value"),
        ('{"k": -Infinity}', "a.json", "invalid character '-' looking for beginning of value"),
    ],
)
def test_what_json_cannot_say(text: str, path: str, message: str) -> None:
    assert error_of(text, path) == message


def test_the_order_of_the_file_is_kept() -> None:
    assert list(parse_tree("z = 1\na = 1\nM = 1", "a.toml")) == ["z", "a", "M"]
    assert list(parse_tree("z: 1\na: 1\nM: 1", "a.yaml")) == ["z", "a", "M"]


def test_spellings_of_one_name_are_sorted_so_that_the_last_one_counts() -> None:
    assert list(parse_tree("user = 1\nUSER = 1\nbind = 1", "a.toml")) == ["USER", "bind", "user"]
    assert list(parse_tree("t: {user: 1, User: 1}", "a.yaml")["t"]) == ["User", "user"]
    assert list(parse_tree('{"user": 1, "USER": 1}', "a.json")) == ["user", "USER"], "JSON keeps the order of the file"


def test_names_with_a_dot_hold_anchors_at_the_top_level_of_yaml() -> None:
    text = ".base: &base {type: tcp}\n.X: 1\nproxies:\n- {<<: *base, name: a}\nmetadatas: {.k: v}"
    assert parse_tree(text, "a.yaml") == {"proxies": [{"type": "tcp", "name": "a"}], "metadatas": {".k": "v"}}


def test_a_byte_order_mark_is_no_toml() -> None:
    assert error_of('\ufeffuser = "x"', "a.toml").startswith("toml: line 1, column 1: toml: ")
    assert parse_tree("\ufeffuser: x", "a.yaml") == {"user": "x"}
    assert parse_tree('\ufeff{"user": "x"}', "a.json") == {"user": "x"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\nuser", "toml: line 2, column 5: toml: "),
        ("a = 1\nuser = ", "toml: line 2, column 8: toml: "),
        ("a = [1,\n\n", "toml: line 3, column 1: toml: "),
        ('user = "', "toml: line 1, column 9: toml: "),
        ("[a]\n[a]", "toml: line 2, column 3: toml: "),
        ("user: x", "toml: line 1, column 5: toml: "),
        ('{"user": "x"}', "toml: line 1, column 1: toml: "),
        ("a = 1\r\nuser =\r\n", "toml: line 2, column 7: toml: "),
        ("bindPort = 1\nbindPort = 2", "toml: line 2, column 13: toml: key bindPort is already defined"),
        ("a.b = 1\n  'a' = 2 # c", "toml: line 2, column 10: toml: key 'a' is already defined"),
        ("user = bob", 'toml: line 1, column 8: toml: invalid value bob: text needs quotes, "bob"'),
        (
            "a = 127.0.0.1  # c",
            'toml: line 1, column 10: toml: invalid value 127.0.0.1: text needs quotes, "127.0.0.1"',
        ),
        ("a = 08", "toml: line 1, column 6: toml: Expected newline"),
        ("a = x y", "toml: line 1, column 5: toml: Invalid value"),
    ],
)
@pytest.mark.parametrize("path", ["a.toml", "A.TOML"])
def test_toml_errors(text: str, message: str, path: str) -> None:
    found = error_of(text, path)
    assert found.startswith(message)
    assert len(found) > len("toml: line 1, column 1: toml: "), "a reason follows"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a":1', "unexpected EOF (line 1, column 7)"),
        ('{"a"', "unexpected EOF (line 1, column 5)"),
        ("{", "unexpected EOF (line 1, column 2)"),
        ('{\n"a": "x', "unexpected EOF (line 2, column 6)"),
        ("{a", "invalid character 'a' looking for beginning of object key string (line 1, column 2)"),
        ("{'a': 1}", r"invalid character '\'' looking for beginning of object key string (line 1, column 2)"),
        ('{"a": 1,\n}', "invalid character '}' looking for beginning of object key string (line 2, column 1)"),
        ('{"a":}', "invalid character '}' looking for beginning of value (line 1, column 6)"),
        ('{"a": [1, ]}', "invalid character ']' looking for beginning of value (line 1, column 11)"),
        ('{"a" 1}', "invalid character '1' after object key (line 1, column 6)"),
        ('{"a": 1 "b"}', "invalid character '\"' after a value (line 1, column 9)"),
        ('{"a": 01}', "invalid character '1' after a value (line 1, column 8)"),
        ('{"a": "x\ny"}', r"invalid character '\n' in string literal (line 1, column 9)"),
        (f'{{"a": {"9" * 5000}}}', "json: number too large"),
    ],
)
def test_json_errors(text: str, message: str) -> None:
    for path in ("a.json", "a.yaml", "a.conf"):
        assert error_of(text, path) == message


def test_text_behind_a_json_value_passes_in_strict_mode_only() -> None:
    text = '{"user": "x"}\n trailing'
    assert parse_tree(text, "a.json") == {"user": "x"}
    assert error_of(text, "a.json", strict=False) == "invalid character 't' after top-level value (line 2, column 2)"
    assert parse_tree('{"user": "x"} \n', "a.json", strict=False) == {"user": "x"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: 1\n  b: 2",
            "error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context (column 4)",
        ),
        ("a: &a [*a]", "error converting YAML to JSON: yaml: line 1: anchor 'a' value contains itself"),
        ("abc", "json: cannot unmarshal string into a table of options: expected lines such as 'bindPort: 7000'"),
        ("- a", "json: cannot unmarshal array into a table of options: expected lines such as 'bindPort: 7000'"),
        ("12", "json: cannot unmarshal number into a table of options: expected lines such as 'bindPort: 7000'"),
        ("true", "json: cannot unmarshal bool into a table of options: expected lines such as 'bindPort: 7000'"),
    ],
)
@pytest.mark.parametrize("path", ["a.yaml", "a.yml", "a.json"])
def test_yaml_errors(text: str, message: str, path: str) -> None:
    assert error_of(text, path) == message


def test_a_file_of_no_telling_name_gets_every_reason() -> None:
    found = error_of("[common]\nbind_port = 7000\nbare", "frps.conf")
    assert "; as INI: line 3: 'bare' has no '=' or ':'" in found
    assert "; as TOML: line 3, column 5: toml: " in found
    found = error_of("user = bob", "frpc")
    assert found.endswith('; as TOML: line 1, column 8: toml: invalid value bob: text needs quotes, "bob"')
    assert "as INI" not in found
    assert "as INI: line 1" in error_of("bare", "frps.ini")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("k = " + "[" * 100_000, "a.toml"),
        ("k = " + "[" * 5000 + "]" * 5000, "a.toml"),
        ('{"k": ' + "[" * 100_000, "a.json"),
        ('{"k":' * 50_000, "a.json"),
        ("k: " + "[" * 100_000, "a.yaml"),
        ("- " * 100_000, "a.yaml"),
    ],
)
def test_deep_nesting_is_an_error_and_no_crash(text: str, path: str) -> None:
    assert "nest" in error_of(text, path)  # newer parsers have a limit of their own


def test_aliases_of_aliases_do_not_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    assert error_of("\n".join(lines), "a.yaml").endswith("yaml: document contains excessive aliasing")


def test_integers_of_thousands_of_digits_are_refused() -> None:
    assert error_of(f"k = {'9' * 5000}", "a.toml") == "toml: toml: number too large"


def test_the_caller_owns_the_tree() -> None:
    tree = parse_tree("a: &a {x: 1}\nb: *a", "a.yaml")
    tree["a"]["x"] = 2
    assert tree["b"] == {"x": 1}
