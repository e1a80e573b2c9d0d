"""Logging in with OIDC: an issuer's tokens at login, in heartbeats and in work connections; bad ones; its bad days."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.admin import AdminApi, admin_options
from tests.support.certificates import Authority
from tests.support.issuer import (
    AUDIENCE,
    CLIENT_ID,
    CLIENT_SECRET,
    DISCOVERY,
    KEYS,
    TOKEN,
    Issuer,
    broken,
    serving,
)
from tests.support.lab import Lab, tcp_proxy
from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.users import tcp_echoes
from tests.support.waiting import eventually

BOTH = ["HeartBeats", "NewWorkConns"]
WIRES = ("v1", "v2")


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with serving(Issuer()) as issuer:
        yield issuer


def oidc_server(issuer: Issuer, **more: Any) -> dict[str, Any]:
    return {
        "auth.token": "",
        "auth.method": "oidc",
        "auth.oidc.issuer": issuer.url,
        "auth.oidc.audience": AUDIENCE,
        **more,
    }


def oidc_client(issuer: Issuer, **more: Any) -> dict[str, Any]:
    return {
        "auth.token": "",
        "auth.method": "oidc",
        "auth.oidc.clientID": CLIENT_ID,
        "auth.oidc.clientSecret": CLIENT_SECRET,
        "auth.oidc.audience": AUDIENCE,
        "auth.oidc.tokenEndpointURL": issuer.token_url,
        **more,
    }


def refusal(lab: Lab, issuer: Issuer, token: str, server: Program) -> str:
    """What a client reads that has `token` in a file."""
    path = lab.write("token.txt", token)
    source = {"type": "file", "file": {"path": str(path)}}
    options = {"auth.token": "", "auth.method": "oidc", "auth.oidc.tokenSource": source}
    client = lab.start_frpc(server.port, options)
    assert client.wait_exit() == 1
    return client.matching("login to the server failed")[-1]


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_tokens_everywhere(lab: Lab, issuer: Issuer, wire: str, algorithm: str, mux: bool) -> None:
    issuer.signs_with = (algorithm, "one" if algorithm == "RS256" else "two", 0)
    common = {"auth.additionalScopes": BOTH, "transport.tcpMux": mux}
    server = lab.frps({**oidc_server(issuer, **common), "transport.heartbeatTimeout": 5})
    beat = {"transport.heartbeatInterval": 1, "transport.heartbeatTimeout": 5, "transport.wireProtocol": wire}
    proxy = tcp_proxy("echo", lab.tcp_echo())
    client = lab.frpc(server.port, [proxy], {**oidc_client(issuer, **common), **beat})
    assert tcp_echoes(proxy["remotePort"])
    client.wait_for("send heartbeat to server", count=3)
    assert tcp_echoes(proxy["remotePort"])
    assert not client.matching("contains error")
    assert issuer.forms[0] == {
        "grant_type": "client_credentials", "scope": "", "audience": AUDIENCE, "auth": "basic"
    }  # fmt: skip
    assert issuer.counts[TOKEN] == 1


def test_encrypted_proxies_have_an_empty_secret_in_common(lab: Lab, issuer: Issuer) -> None:
    server = lab.frps(oidc_server(issuer))
    options = {"transport.useEncryption": True, "transport.useCompression": True}
    proxy = tcp_proxy("echo", lab.tcp_echo(), **options)
    lab.frpc(server.port, [proxy], oidc_client(issuer))
    assert tcp_echoes(proxy["remotePort"])


def test_a_token_that_does_not_last_is_fetched_for_every_use(lab: Lab, issuer: Issuer) -> None:
    issuer.lifetime = None
    server = lab.frps(oidc_server(issuer, **{"auth.additionalScopes": ["NewWorkConns"]}))
    proxy = tcp_proxy("echo", lab.tcp_echo())
    lab.frpc(server.port, [proxy], oidc_client(issuer, **{"auth.additionalScopes": ["NewWorkConns"]}))
    for _ in range(3):
        assert tcp_echoes(proxy["remotePort"])
    assert issuer.counts[TOKEN] >= 4


BAD = {
    "expired": ({"exp": 1}, {}),
    "without an end": ({"exp": None}, {}),
    "not valid yet": ({"nbf": 1 << 40}, {}),
    "of another issuer": ({"iss": "https://other.test"}, {}),
    "for another audience": ({"aud": "other"}, {}),
    "of an unknown key": ({}, {"kid": "three", "number": 3}),
    "of the wrong key": ({}, {"number": 3}),
    "of the wrong key without a name": ({}, {"kid": None, "number": 3}),
    "of an algorithm that is not offered": ({}, {"algorithm": "RS384"}),
}


GARBAGE = ["garbage", "a.b.c", "." * 3000, "e30.e30.e30", "{" * 3000]


def test_bad_tokens_are_refused_and_harm_nobody(lab: Lab, issuer: Issuer) -> None:
    server = lab.frps(oidc_server(issuer))
    tokens = [issuer.mint(**key, **claims) for claims, key in BAD.values()] + GARBAGE
    for count, token in enumerate(tokens, 1):
        text = refusal(lab, issuer, token, server)
        assert "login to the server failed: invalid OIDC token in login: " in text
        server.wait_for("register control error: invalid OIDC token in login: ", count=count)
    lab.start_frpc(server.port, oidc_client(issuer)).wait_for("login to server success")


@pytest.mark.usefixtures("frpg_only")
@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_another_subject_may_not_go_on_with_a_session(lab: Lab, issuer: Issuer, mux: bool) -> None:
    """Even one that may log in itself: official frp would let it into every session from then on."""
    scope = {"auth.additionalScopes": ["NewWorkConns"], "transport.tcpMux": mux}
    issuer.lifetime = None
    server = lab.frps(oidc_server(issuer, **scope))
    issuer.subject = "other"
    lab.start_frpc(server.port, oidc_client(issuer, **scope)).wait_for("login to server success")
    issuer.subject = CLIENT_ID
    proxy = tcp_proxy("echo", lab.tcp_echo())
    client = lab.frpc(server.port, [proxy], oidc_client(issuer, **scope))
    assert tcp_echoes(proxy["remotePort"])
    issuer.subject = "other"
    text = "received different OIDC subject in login and ping. new subject: other"
    assert tcp_echoes(proxy["remotePort"])  # with the work connection that was there before
    client.wait_for(f"StartWorkConn contains error: {text}")
    server.wait_for(text)


@pytest.mark.usefixtures("frpg_only")
def test_another_subject_may_not_keep_a_session_alive(lab: Lab, issuer: Issuer) -> None:
    scope = {"auth.additionalScopes": ["HeartBeats"]}
    issuer.lifetime = None
    server = lab.frps(oidc_server(issuer, **scope))
    beat = {"transport.heartbeatInterval": 1, "transport.heartbeatTimeout": 5}
    client = lab.start_frpc(server.port, oidc_client(issuer, **scope, **beat))
    client.wait_for("send heartbeat to server")
    issuer.subject = "other"
    text = "received different OIDC subject in login and ping. new subject: other"
    client.wait_for(f"pong message contains error: {text}")
    server.wait_for(f"received invalid ping: {text}")
    client.wait_for("login to server success", count=2)


def test_a_new_key_is_found_and_the_old_ones_go_on_while_the_issuer_is_away(lab: Lab, issuer: Issuer) -> None:
    server = lab.frps(oidc_server(issuer))
    issuer.rotate("RS256", "new", 4)
    lab.start_frpc(server.port, oidc_client(issuer)).wait_for("login to server success")
    issuer.faults[KEYS] = issuer.faults[DISCOVERY] = broken()
    lab.start_frpc(server.port, oidc_client(issuer)).wait_for("login to server success")
    issuer.signs_with = ("ES256", "two", 0)
    lab.start_frpc(server.port, oidc_client(issuer)).wait_for("login to server success")


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_a_new_key_is_found_in_the_middle_of_a_session(lab: Lab, issuer: Issuer, mux: bool) -> None:
    common = {"auth.additionalScopes": ["NewWorkConns"], "transport.tcpMux": mux}
    issuer.lifetime = None
    server = lab.frps(oidc_server(issuer, **common))
    proxy = tcp_proxy("echo", lab.tcp_echo())
    client = lab.frpc(server.port, [proxy], oidc_client(issuer, **common))
    issuer.rotate("ES256", "new", 4)
    for _ in range(5):
        assert tcp_echoes(proxy["remotePort"])
    assert issuer.counts[KEYS] == 2
    assert not client.matching("contains error")


@pytest.mark.usefixtures("frpg_only")
def test_heartbeats_and_work_connections_outlive_a_bad_day(lab: Lab, issuer: Issuer) -> None:
    common = {"auth.additionalScopes": BOTH}
    issuer.lifetime = None
    server = lab.frps(oidc_server(issuer, **common))
    beat = {"transport.heartbeatInterval": 1, "transport.heartbeatTimeout": 60}
    proxy = tcp_proxy("echo", lab.tcp_echo())
    client = lab.frpc(server.port, [proxy], oidc_client(issuer, **common, **beat))
    client.wait_for("receive heartbeat from server")
    issuer.faults[TOKEN] = broken(503)
    client.wait_for("no heartbeat sent: couldn't generate OIDC token for login: token endpoint answered 503")
    assert tcp_echoes(proxy["remotePort"])  # with the work connection that was there before
    client.wait_for("start new connection to server error: couldn't generate OIDC token for login: ")
    issuer.faults.clear()
    count = len(client.matching("receive heartbeat from server"))
    client.wait_for("receive heartbeat from server", count=count + 1)
    assert tcp_echoes(proxy["remotePort"])
    assert len(client.matching("login to server success")) == 1


@pytest.mark.usefixtures("frpg_only")
def test_a_token_that_is_refused_is_not_used_again(lab: Lab, issuer: Issuer) -> None:
    """Official frpc offers it until it expires, an hour later."""
    server = lab.frps(oidc_server(issuer))
    issuer.claims = {"aud": "other"}
    client = lab.start_frpc(server.port, oidc_client(issuer, loginFailExit=False))
    client.wait_for("connect to server error: invalid OIDC token in login: the token is for another audience")
    issuer.claims = {}
    client.wait_for("login to server success")


@pytest.mark.usefixtures("frpg_only")
def test_no_secret_is_shown_anywhere(lab: Lab, issuer: Issuer) -> None:
    ports = free_port(), free_port()
    common = {"auth.additionalScopes": BOTH, "log.level": "trace"}
    server = lab.frps(oidc_server(issuer, **common, **admin_options(ports[0])) | {"enablePrometheus": True})
    beat = {"transport.heartbeatInterval": 1, "transport.heartbeatTimeout": 5}
    proxy = tcp_proxy("echo", lab.tcp_echo())
    client = lab.frpc(server.port, [proxy], oidc_client(issuer, **common, **beat, **admin_options(ports[1])))
    assert tcp_echoes(proxy["remotePort"])
    client.wait_for("receive heartbeat from server")
    bad = issuer.mint(aud="other")
    refusal(lab, issuer, bad, server)
    pages = [f"/api{path}" for path in ("/serverinfo", "/clients", "/proxy/tcp", "/v2/system/info", "/v2/clients")]
    answers = [AdminApi(ports[0]).ask("GET", path) for path in (*pages, "/metrics", "/static/")]
    answers += [AdminApi(ports[1]).ask("GET", path) for path in ("/api/status", "/api/live", "/metrics", "/static/")]
    assert [answer.status for answer in answers] == [200] * len(answers)
    texts = [answer.text for answer in answers] + [program.text for program in lab.programs]
    assert len(issuer.issued) == 1
    for secret in (CLIENT_SECRET, bad, bad.rpartition(".")[2], *issuer.issued):
        assert not [text for text in texts if secret in text]


def test_a_token_endpoint_on_a_bad_day(lab: Lab, issuer: Issuer) -> None:
    issuer.faults[TOKEN] = broken(500, b"<html>")
    server = lab.frps(oidc_server(issuer))
    client = lab.start_frpc(server.port, oidc_client(issuer))
    assert client.wait_exit() == 1
    assert "login to the server failed: couldn't generate OIDC token for login: " in client.text
    client = lab.start_frpc(server.port, oidc_client(issuer, loginFailExit=False))
    client.wait_for("couldn't generate OIDC token for login: ")
    issuer.faults.clear()
    client.wait_for("login to server success")


def test_https_with_an_authority_of_its_own(lab: Lab, tmp_path: Path, issuer: Issuer) -> None:
    authority = Authority(tmp_path, "ca")
    pair = authority.issue("endpoint", "127.0.0.1")
    server = lab.frps(oidc_server(issuer))
    with serving(Issuer(claims={"iss": issuer.url}), pair) as secure:
        client = lab.start_frpc(server.port, oidc_client(secure))
        assert client.wait_exit() == 1
        assert f'couldn\'t generate OIDC token for login: Post "{secure.token_url}": ' in client.text
        for own in ({"insecureSkipVerify": True}, {"trustedCaFile": authority.file}):
            options = {f"auth.oidc.{key}": value for key, value in own.items()}
            lab.start_frpc(server.port, oidc_client(secure, **options)).wait_for("login to server success")


def test_frps_does_not_start_without_its_issuer(lab: Lab) -> None:
    away = Issuer(port=free_port())
    server = lab.run(lab.ends.frps, "-c", str(lab.config("frps", {"bindPort": free_port(), **oidc_server(away)})))
    if lab.ends.frps.is_official:
        server.kill()
        return
    assert server.wait_exit() == 1
    assert f"auth.oidc.issuer: cannot ask {away.url}: " in server.text


def test_the_extra_parameters(lab: Lab, issuer: Issuer) -> None:
    server = lab.frps(oidc_server(issuer))
    more = {"auth.oidc.scope": "a b", "auth.oidc.additionalEndpointParams": {"resource": "x&y"}}
    issuer.styles = ("body",)
    lab.start_frpc(server.port, oidc_client(issuer, **more)).wait_for("login to server success")
    expected = {"grant_type": "client_credentials", "scope": "a b", "audience": AUDIENCE, "resource": "x&y"}
    by_basic, by_body = issuer.forms
    assert by_basic == expected | {"auth": "basic"}
    assert by_body == expected | {"auth": "body", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    eventually(lambda: issuer.counts[TOKEN] == 2)
