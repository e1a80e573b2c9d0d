"""The template language, construct by construct. The expected texts are what Go's text/template prints."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from frpg.config.template import executor, render

ENVIRON = MappingProxyType({"A": "av", "B": "bv", "EMPTY": "", "N": "7", "A-B": "dash", "U": "é"})


def check(template: str, text: str) -> None:
    assert render(template, ENVIRON) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("no action }} { {\r\n", "no action }} { {\r\n"),
        ("x{{ .Envs.A }}y", "xavy"),
        ("{{.Envs.A}}", "av"),
        ("{{\n.Envs.A\n}}", "av"),
        ("# {{ .Envs.A }}", "# av"),
        ("{{ .Envs.MISSING }}", "<no value>"),
        ("{{ .Envs.MISSING.x }}", "<no value>"),
        ("{{ .Envs.EMPTY }}", ""),
        ('{{ index .Envs "A-B" }}', "dash"),
        ('{{ index .Envs "MISSING" }}', ""),
        ("{{ . }}", "{map[A:av A-B:dash B:bv EMPTY: N:7 U:é]}"),
        ("{{ .Envs }}", "map[A:av A-B:dash B:bv EMPTY: N:7 U:é]"),
        ("{{ $ }}", "{map[A:av A-B:dash B:bv EMPTY: N:7 U:é]}"),
        ("{{ $.Envs.A }}", "av"),
        ("{{ `{{ .X }}` }}", "{{ .X }}"),
        ("a }} b{{ 1 }}", "a }} b1"),
    ],
)
def test_data_and_plain_text(template: str, text: str) -> None:
    check(template, text)


def test_a_text_without_actions_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "bindPort = 7000\n" * 10
    monkeypatch.setattr(executor, "parse", lambda *_: pytest.fail("parsed"))
    assert render(text, ENVIRON) is text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("a \n{{- 1 }} b", "a1 b"),
        ("a {{ 1 -}} \t\r\n b", "a 1b"),
        ("a {{- 1 -}} b", "a1b"),
        ("{{-3}}", "-3"),
        ("{{- 3}}", "3"),
        ("a\n{{-\n3\n-}}\nb", "a3b"),
        ("a {{/* c */}} b", "a  b"),
        ("a {{- /* c */ -}} b", "ab"),
        ("a{{/* }} \n {{ bogus */}}b", "ab"),
        ("a {{- /* x */}} b {{/* y */ -}} c", "a b c"),
        ("a\u00a0{{- 1 -}}\u00a0b", "a\u00a01\u00a0b"),
    ],
)
def test_trim_markers_and_comments(template: str, text: str) -> None:
    check(template, text)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (r'{{ "a\"\t\x41\u00e9\n" }}', 'a"\tAé\n'),
        ("{{ `raw\\n\n` }}", "raw\\n\n"),
        ("{{ 'a' }} {{ '\\n' }} {{ '\\u00e9' }}", "97 10 233"),
        ("{{ 1 }} {{ -1 }} {{ +5 }} {{ 0x1F }} {{ 0o17 }} {{ 017 }} {{ 0b11 }} {{ 1_000 }}", "1 -1 5 31 15 15 3 1000"),
        (
            "{{ 1.5 }} {{ .5 }} {{ 5. }} {{ 1e5 }} {{ 1e6 }} {{ 1e-4 }} {{ 1e-5 }}",
            "1.5 0.5 5 100000 1e+06 0.0001 1e-05",
        ),
        ("{{ 123456789.5 }} {{ 1e21 }} {{ 0x1p4 }} {{ 1e300 }} {{ -0.25 }}", "1.234567895e+08 1e+21 16 1e+300 -0.25"),
        ("{{ true }} {{ false }}", "true false"),
        ("{{ print nil }}", "<nil>"),
    ],
)
def test_literals(template: str, text: str) -> None:
    check(template, text)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ $x := 1 }}{{ $x }}{{ $x = 2 }}{{ $x }}", "12"),
        ("{{ $x:=1 }}{{ $x }}", "1"),
        ("{{ $x := .Envs }}{{ $x.A }}", "av"),
        ("{{ $x := 1 }}{{ if true }}{{ $x = 5 }}{{ $x := 7 }}{{ $x }}{{ end }}{{ $x }}", "75"),
        ("{{ range 2 }}{{ $q := . }}{{ $q }}{{ end }}", "01"),
        ("{{ with $x := 5 }}{{ $x }}{{ . }}{{ end }}", "55"),
        ("{{ if $x := .Envs.A }}{{ $x }}{{ else }}none{{ end }}", "av"),
        ("{{ if $x := .Envs.EMPTY }}{{ else }}[{{ $x }}]{{ end }}", "[]"),
    ],
)
def test_variables(template: str, text: str) -> None:
    check(template, text)


@pytest.mark.parametrize(
    "false", ["false", "0", "0.0", '""', "(slice (parseNumberRange `1`) 1)", ".Envs.MISSING", "(and nil)"]
)
def test_what_is_false(false: str) -> None:
    check(f"{{{{ if {false} }}}}yes{{{{ else }}}}no{{{{ end }}}}", "no")
    check(f"{{{{ not {false} }}}}", "true")


@pytest.mark.parametrize("true", ["true", "1", "-1", "0.1", '"0"', "(parseNumberRange `0`)", ".", ".Envs", "'a'"])
def test_what_is_true(true: str) -> None:
    check(f"{{{{ if {true} }}}}yes{{{{ else }}}}no{{{{ end }}}}", "yes")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ if 0 }}a{{ else if 0 }}b{{ else if 1 }}c{{ else }}d{{ end }}", "c"),
        ("{{ if 0 }}a{{ else if 0 }}b{{ else }}d{{ end }}z", "dz"),
        ("{{ if 0 }}a{{ end }}z", "z"),
        ("{{ with .Envs.A }}[{{ . }}]{{ end }}{{ .Envs.B }}", "[av]bv"),
        ("{{ with .Envs.MISSING }}a{{ else }}{{ .Envs.B }}{{ end }}", "bv"),
        ("{{ with .Envs.MISSING }}a{{ else with .Envs.A }}b{{ . }}{{ else }}c{{ end }}", "bav"),
        ("{{- if eq .Envs.A `av` -}} yes {{- end }}", "yes"),
    ],
)
def test_if_and_with(template: str, text: str) -> None:
    check(template, text)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{{ range parseNumberRange "5-7" }}{{ . }},{{ end }}', "5,6,7,"),
        ('{{ range $v := parseNumberRange "5-7" }}{{ $v }}{{ . }},{{ end }}', "55,66,77,"),
        ('{{ range $i, $v := parseNumberRange "5-7" }}{{ $i }}={{ $v }}{{ . }},{{ end }}', "0=55,1=66,2=77,"),
        ("{{ range $k, $v := .Envs }}{{ $k }}={{ $v }},{{ end }}", "A=av,A-B=dash,B=bv,EMPTY=,N=7,U=é,"),
        ("{{ range .Envs }}{{ . }},{{ end }}", "av,dash,bv,,7,é,"),
        ("{{ range 3 }}{{ . }}{{ end }}", "012"),
        ("{{ range 0 }}x{{ else }}none{{ end }}", "none"),
        ("{{ range .Envs.MISSING }}x{{ else }}none{{ end }}", "none"),
        ("{{ range $i, $e := slice (parseNumberRange `1`) 1 }}x{{ else }}{{ .Envs.A }}{{ end }}", "av"),
        (
            "{{ range 5 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}z",
            "02z",
        ),
        ("{{ range 2 }}{{ range 2 }}{{ break }}{{ end }}{{ . }}{{ end }}", "01"),
        ("{{ $y := 9 }}{{ range $y = 3 }}{{ $y }}{{ end }}{{ $y }}", "0122"),
        ("{{ $x := 9 }}{{ $y := 9 }}{{ range $x, $y = parseNumberRange `5,6` }}{{ end }}{{ $x }}{{ $y }}", "16"),
        ("{{ range 2 }}{{ $.Envs.A }}{{ end }}", "avav"),
        ('{{ range parseNumberRangePair "1-2" "3-4" }}{{ .First }}-{{ .Second }} {{ end }}', "1-3 2-4 "),
        ('{{ parseNumberRangePair "1-2" "3-4" }} {{ parseNumberRange "1-3,7" }}', "[{1 3} {2 4}] [1 2 3 7]"),
        ('{{ (index (parseNumberRangePair "1" "2") 0).Second }}', "2"),
    ],
)
def test_range(template: str, text: str) -> None:
    check(template, text)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{{ .Envs.A | printf "%s-%s" "x" }}', "x-av"),
        ('{{ "a" | print "b" | len }}', "2"),
        ("{{ 1 | }}", "1"),
        ('{{ print (print "a" (print "b")) (len "c") }}', "ab1"),
        ("{{ ((.Envs.A)) }}", "av"),
        ("{{ (.Envs).A }}", "av"),
        ("{{ $x := print `a` | print `b` }}{{ $x }}", "ba"),
        ("{{ if eq (len .Envs.A) 2 }}two{{ end }}", "two"),
    ],
)
def test_pipes_and_parentheses(template: str, text: str) -> None:
    check(template, text)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ and 1 0 2 }} {{ and 1 2 }} {{ and 5 }}", "0 2 5"),
        ('{{ or 0 "" 3 4 }} {{ or 0 "" }}|', "3 |"),
        ('{{ or .Envs.MISSING "default" }} {{ or .Envs.MISSING .Envs.MISSING }}', "default <no value>"),
        ("{{ and 0 (index .Envs 5) }} {{ or 1 (index .Envs 5) }}", "0 1"),
        ("{{ 3 | and 1 }} {{ 3 | or 0 }}", "3 3"),
        ("{{ not 1 }} {{ not 0 }}", "false true"),
        ('{{ eq 1 1 }} {{ eq 1 2 3 1 }} {{ eq "a" "b" }} {{ ne 1 2 }} {{ eq true true }}', "true true false true true"),
        ("{{ eq .Envs.MISSING nil }} {{ eq .Envs.MISSING `` }} {{ eq .Envs.EMPTY `` }}", "true false true"),
        ("{{ lt 1 2 }} {{ le 2 2 }} {{ gt 1 2 }} {{ ge 2 2 }}", "true true false true"),
        ('{{ lt "a" "b" }} {{ gt 1.5 0.5 }} {{ lt "Z" "a" }}', "true true true"),
        ("{{ eq (index (parseNumberRange `5`) 0) 5 }}", "true"),
        ('{{ len "é" }} {{ len .Envs }} {{ len (parseNumberRange "1-5") }}', "2 6 5"),
        (
            '{{ index (parseNumberRange "4-6") 1 }} {{ index "abc" 1 }} {{ index . }}',
            "5 98 {map[A:av A-B:dash B:bv EMPTY: N:7 U:é]}",
        ),
        (
            '{{ slice "abcdef" 1 3 }} {{ slice "abc" 1 }} {{ slice "abc" }} {{ slice (parseNumberRange "1-5") 1 2 3 }}',
            "bc bc abc [2]",
        ),
        ('{{ print 1 2 "a" 3 4 }}|{{ println 1 "a" }}|{{ print }}|{{ print 1.5 true }}', "1 2a3 4|1 a\n||1.5 true"),
        ("{{ html `<a&'\">` }}", "&lt;a&amp;&#39;&#34;&gt;"),
        ('{{ js "a\'b\\"<\\n\\u00e9\\\\=&" }}', r"a\'b\"\u003C\u000Aé\\\u003D\u0026"),
        ('{{ urlquery "a b&c/é" }}', "a+b%26c%2F%C3%A9"),
        ("{{ html .Envs.MISSING }} {{ html 1 2 }}", "&lt;no value&gt; 1 2"),
        ('{{ printf "%d %s %q" 5 "a" "b" }}', '5 a "b"'),
    ],
)
def test_functions(template: str, text: str) -> None:
    check(template, text)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{{ define "x" }}[{{ . }}]{{ end }}{{ template "x" 5 }}{{ template "x" }}', "[5][<no value>]"),
        ('{{ template "x" .Envs }}{{ define "x" }}{{ .A }}{{ $.B }}{{ end }}', "avbv"),
        ('{{ block "b" 3 }}<{{ . }}>{{ end }}{{ template "b" 4 }}', "<3><4>"),
        ('{{ define "x" }} {{ end }}{{ define "x" }}b{{ end }}{{ template "x" }}', "b"),
        ('{{ $x := 1 }}{{ define "x" }}{{ $x := 2 }}{{ $x }}{{ end }}{{ template "x" }}{{ $x }}', "21"),
        ("{{ define `x` }}{{ range 2 }}{{ break }}{{ end }}y{{ end }}{{ range 2 }}{{ template `x` }}{{ end }}", "yy"),
        (
            '{{ define "count" }}{{ . }}{{ if lt . 3 }}{{ template "count" (len (printf "%*s" . "x" | print "x")) }}'
            '{{ end }}{{ end }}{{ template "count" 1 }}',
            "123",
        ),
    ],
)
def test_templates(template: str, text: str) -> None:
    check(template, text)


def test_bytes_that_are_no_utf8_pass_through() -> None:
    odd = b"\xff\xfe".decode(errors="surrogateescape")
    assert render(odd + "{{ .Envs.X }}{{ len .Envs.X }}", {"X": odd}) == odd + odd + "2"
    assert render(r'{{ "\xff" }}', {}) == "\udcff"


def test_many_proxies_from_one_range() -> None:
    template = """serverAddr = "192.0.2.10"
{{- range $i, $v := parseNumberRangePair "6000-6006,6007" "7000-7006,7007" }}

[[proxies]]
name = "test_tcp_{{ $i }}"
localPort = {{ $v.First }}
remotePort = {{ $v.Second }}
{{- end }}
"""
    text = render(template, {})
    assert text.startswith('serverAddr = "192.0.2.10"\n\n[[proxies]]\nname = "test_tcp_0"\nlocalPort = 6000\n')
    assert text.endswith('name = "test_tcp_7"\nlocalPort = 6007\nremotePort = 7007\n')
    assert text.count("[[proxies]]") == 8


def test_ini_files_have_no_functions_for_ranges() -> None:
    assert render("{{ .Envs.A }}{{ . }}", {"A": "x"}, legacy=True) == "x{map[A:x]}"
