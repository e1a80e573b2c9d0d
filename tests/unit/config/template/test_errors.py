"""What a wrong template is told. The expected texts are those of Go's text/template; comments say where not."""

from __future__ import annotations

import pytest

from frpg.config.template import TemplateError, render

ENVIRON = {"A": "av", "N": "7"}


def check(template: str, message: str, *, legacy: bool = False) -> None:
    with pytest.raises(TemplateError) as caught:
        render(template, ENVIRON, legacy=legacy)
    assert caught.value.faults == [f"template: frp:{message}"]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ foo }}", '1: function "foo" not defined'),
        ("\n# {{ bogus }}", '2: function "bogus" not defined'),
        ("{{ end }}", "1: unexpected {{end}}"),
        ("{{ else }}", "1: unexpected {{else}}"),
        ("{{ if 1 }}\n", "2: unexpected EOF"),
        ("{{ if }}", "1: missing value for if"),
        ("{{ }}", "1: missing value for command"),
        ("{{}}", "1: missing value for command"),
        ("{{ () }}", "1: missing value for parenthesized pipeline"),
        ("{{ .Envs.A\n", "2: unclosed action started at frp:1"),
        ("{{ .Envs.A", "1: unclosed action"),
        ("{{ . }", '1: unexpected "}" in operand'),
        ("{{ (print }}", "1: unclosed left paren"),
        ("{{ print) }}", "1: unexpected right paren"),
        ('{{ "abc', "1: unterminated quoted string"),
        ('{{ "abc\n" }}', "1: unterminated quoted string"),
        ("{{ `abc", "1: unterminated raw quoted string"),
        ("{{ 'a }}", "1: unterminated character constant"),
        ("{{ 'ab' }}", "1: malformed character constant: 'ab'"),
        (r'{{ "\q" }}', "1: invalid syntax"),
        ("{{/* c", "1: unclosed comment"),
        ("{{/* c */ x}}", "1: comment ends before closing delimiter"),
        ("{{ /* c */ }}", '1: unexpected "/" in command'),
        ("{{ $x }}", '1: undefined variable "$x"'),
        ("{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}", '1: undefined variable "$x"'),
        ("{{ $x = 1 }}{{ $x }}", '1:8: executing "frp" at <1>: undefined variable: $x'),
        ("{{ 1 | 2 }}", "1: non executable command in pipeline stage 2"),
        ("{{ print | | print }}", '1: unexpected "|" in command'),
        ("{{ print | if }}", "1: unexpected <if> in command"),
        ("{{ 99999999999999999999 }}", '1: integer overflow: "99999999999999999999"'),
        ("{{ 08 }}", '1: integer overflow: "08"'),
        ("{{ 3x }}", '1: bad number syntax: "3x"'),
        ("{{ 1.2.3 }}", '1: unexpected ".3" in operand'),
        ("{{ 0x }}", '1: illegal number syntax: "0x"'),
        ("{{ @ }}", '1: unexpected "@" in command'),
        ("{{ \u00a7 }}", "1: unrecognized character in action: U+00A7 '§'"),
        ("{{ .a-b }}", "1: bad character U+002D '-'"),
        ("{{ $x=1 }}", "1: bad character U+003D '='"),
        ("{{ : }}", "1: expected :="),
        ('{{ "x".Foo }}', r'1: unexpected . after term "\"x\""'),
        ("{{ ..x }}", '1: unexpected . after term "."'),
        ("{{ break }}", "1: {{break}} outside {{range}}"),
        ("{{ continue }}", "1: {{continue}} outside {{range}}"),
        ("{{ range 3 }}{{ break 1 }}{{ end }}", '1: unexpected "1" in {{break}}'),
        ('{{ range 3 }}{{ define "x" }}{{ end }}{{ end }}', "1: unexpected <define> in command"),
        ("{{ range $x, := 3 }}{{ end }}", "1: range can only initialize variables"),
        ("{{ range $x, $y, $z := 3 }}{{ end }}", "1: too many declarations in range"),
        ("{{ if $x, $y := 3 }}{{ end }}", "1: too many declarations in if"),
        ("{{ if 1 }}{{ else }}{{ else }}{{ end }}", "1: expected end; found {{else}}"),
        ("{{ if 1 }}{{ end x }}", '1: unexpected "x" in end'),
        ("{{ template }}", '1: unexpected "}}" in template clause'),
        ("{{ define }}", '1: unexpected "}}" in define clause'),
        ('{{ define "x" }}', "1: unexpected EOF"),
        ('{{ define "x" }}{{ else }}{{ end }}', "1: unexpected {{else}} in define clause"),
        ('{{ define "b" }}1{{ end }}{{ define "b" }}2{{ end }}', '1: template: multiple definition of template "b"'),
        ('{{ define "x" }}{{ break }}{{ end }}', "1: {{break}} outside {{range}}"),
    ],
)
def test_grammar(template: str, message: str) -> None:
    check(template, message)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ .Foo }}", '1:3: executing "frp" at <.Foo>: can\'t evaluate field Foo in type *config.Values'),
        ("é\né {{ .Foo }}", '2:6: executing "frp" at <.Foo>: can\'t evaluate field Foo in type *config.Values'),
        ("{{ .Envs.A.y }}", '1:8: executing "frp" at <.Envs.A.y>: can\'t evaluate field y in type string'),
        ("{{ $.Envs.A.y }}", '1:4: executing "frp" at <$.Envs.A.y>: can\'t evaluate field y in type string'),
        ("{{ range .Envs.A }}x{{ end }}", '1:14: executing "frp" at <.Envs.A>: range can\'t iterate over av'),
        (
            "{{ range $i, $e := 3 }}x{{ end }}",
            '1:19: executing "frp" at <3>: can\'t use 3 to iterate over more than one variable',
        ),
        ("{{ nil }}", '1:3: executing "frp" at <nil>: nil is not a command'),
        ("{{ 1 2 }}", '1:3: executing "frp" at <1>: can\'t give argument to non-function 1'),
        ("{{ . 1 }}", '1:3: executing "frp" at <.>: can\'t give argument to non-function .'),
        ("{{ 2 | .Envs.A }}", '1:12: executing "frp" at <.Envs.A>: A is not a method but has arguments'),
        ("{{ .Envs 2 }}", '1:3: executing "frp" at <.Envs>: Envs has arguments but cannot be invoked as function'),
        ('{{ template "no" }}', '1:12: executing "frp" at <{{template "no"}}>: template "no" not defined'),
        (
            '{{ define "t" }}{{ .x }}{{ end }}{{ template "t" 1 }}',
            '1:19: executing "t" at <.x>: can\'t evaluate field x in type int',
        ),
        (
            '{{ parseNumberRangePair "1-2" "3" }}',
            '1:3: executing "frp" at <parseNumberRangePair "1-2" "3">: error calling parseNumberRangePair: '
            "first and second range numbers are not in pairs",
        ),
        (
            '{{ range parseNumberRange "x" }}{{ end }}',
            '1:9: executing "frp" at <parseNumberRange "x">: error calling parseNumberRange: '
            'range number is invalid, strconv.ParseInt: parsing "x": invalid syntax',
        ),
        (
            "{{ .Envs.A | parseNumberRange }}",
            '1:13: executing "frp" at <parseNumberRange>: error calling parseNumberRange: '
            'range number is invalid, strconv.ParseInt: parsing "av": invalid syntax',
        ),
        ("{{ parseNumberRange 5 }}", '1:20: executing "frp" at <5>: expected string; found 5'),
        ("{{ parseNumberRange nil }}", '1:20: executing "frp" at <nil>: cannot assign nil to string'),
        ("{{ parseNumberRange .Envs.X }}", '1:25: executing "frp" at <.Envs.X>: invalid value; expected string'),
        # Go lays this to the innermost word, 1:25 and `a`.
        (
            "{{ parseNumberRange (len `a`) }}",
            '1:21: executing "frp" at <len `a`>: wrong type for value; expected string; got int',
        ),
        (
            "{{ parseNumberRange }}",
            '1:3: executing "frp" at <parseNumberRange>: wrong number of args for parseNumberRange: want 1 got 0',
        ),
        ("{{ and }}", '1:3: executing "frp" at <and>: wrong number of args for and: want at least 1 got 0'),
        ("{{ len 5 }}", '1:3: executing "frp" at <len 5>: error calling len: len of type int'),
        ("{{ eq 1 }}", '1:3: executing "frp" at <eq 1>: error calling eq: missing argument for comparison'),
        (
            "{{ lt 1 2.0 }}",
            '1:3: executing "frp" at <lt 1 2.0>: error calling lt: incompatible types for comparison: int and float64',
        ),
        (
            '{{ eq 1 "1" }}',
            '1:3: executing "frp" at <eq 1 "1">: error calling eq: incompatible types for comparison: int and string',
        ),
        (
            "{{ lt true false }}",
            '1:3: executing "frp" at <lt true false>: error calling lt: invalid type for comparison',
        ),
        ("{{ lt . 1 }}", '1:3: executing "frp" at <lt . 1>: error calling lt: invalid type for comparison'),
        (
            "{{ eq (parseNumberRange `1`) 1 }}",
            '1:3: executing "frp" at <eq (parseNumberRange `1`) 1>: error calling eq: '
            "incompatible types for comparison: []int64 and int",
        ),
        (
            "{{ eq .Envs .Envs }}",
            '1:3: executing "frp" at <eq .Envs .Envs>: error calling eq: '
            "non-comparable type map[A:av N:7]: map[string]string",
        ),
        (
            "{{ index .Envs 5 }}",
            '1:3: executing "frp" at <index .Envs 5>: error calling index: value has type int; should be string',
        ),
        ("{{ index 5 1 }}", '1:3: executing "frp" at <index 5 1>: error calling index: can\'t index item of type int'),
        # Go says "reflect: string index out of range".
        ("{{ index `a` 1 }}", '1:3: executing "frp" at <index `a` 1>: error calling index: index out of range: 1'),
        (
            "{{ index `a` `b` }}",
            '1:3: executing "frp" at <index `a` `b`>: error calling index: cannot index slice/array with type string',
        ),
        ("{{ index nil 1 }}", '1:3: executing "frp" at <index nil 1>: error calling index: index of untyped nil'),
        (
            '{{ slice "abc" 1 9 }}',
            '1:3: executing "frp" at <slice "abc" 1 9>: error calling slice: index out of range: 9',
        ),
        (
            '{{ slice "abc" 2 1 }}',
            '1:3: executing "frp" at <slice "abc" 2 1>: error calling slice: invalid slice index: 2 > 1',
        ),
        (
            '{{ slice "abc" 0 1 2 }}',
            '1:3: executing "frp" at <slice "abc" 0 1 2>: error calling slice: cannot 3-index slice a string',
        ),
        ("{{ slice 1 }}", '1:3: executing "frp" at <slice 1>: error calling slice: can\'t slice item of type int'),
        # Go says "non-function .Envs.A".
        (
            "{{ call .Envs.A }}",
            '1:3: executing "frp" at <call .Envs.A>: error calling call: non-function of type string',
        ),
    ],
)
def test_execution(template: str, message: str) -> None:
    check(template, message)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ .Foo }}", '1:3: executing "frp" at <.Foo>: can\'t evaluate field Foo in type *legacy.Values'),
        ('{{ parseNumberRange "1" }}', '1: function "parseNumberRange" not defined'),
        ('{{ parseNumberRangePair "1" "1" }}', '1: function "parseNumberRangePair" not defined'),
    ],
)
def test_ini_files(template: str, message: str) -> None:
    check(template, message, legacy=True)


@pytest.mark.parametrize(
    "template",
    [
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{{ if 1 }}" * 5000 + "{{ end }}" * 5000,
        "{{ if 1 }}" + "{{ else if 0 }}" * 5000 + "{{ end }}",
    ],
)
def test_deep_nesting_is_an_error_and_no_crash(template: str) -> None:
    check(template, " nested too deeply")


def test_templates_without_end_are_stopped() -> None:
    place = '1:28: executing "a" at <{{template "a"}}>: '
    check(
        '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}', place + "exceeded maximum template depth (100)"
    )


def test_a_range_of_too_many_numbers_is_stopped() -> None:
    with pytest.raises(TemplateError, match="range number is invalid, more than 1000000 numbers"):
        render('{{ parseNumberRange "1-99999999999" }}', {})
