"""What is told about the sessions; that they follow one another is in test_service.py."""

import time

import pytest

from frpg.client.supervisor import Standing
from frpg.proto.messages import LoginResp
from tests.support.fake_frps import RUN_ID, eventually, fake_frps
from tests.unit.client.conftest import Clients
from tests.unit.client.making import client_config


def test_how_it_stands_with_the_server(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frpg.client.backoff._BASE", 0.001)
    answers = [LoginResp(error="not yet"), LoginResp(run_id=RUN_ID), LoginResp(error="go away")]
    with fake_frps(mux=True, answer=lambda login: answers.pop(0) if len(answers) > 1 else answers[0]) as server:
        client = clients(client_config(server.port, mux=True, wire="v2", login_fail_exit=False))
        assert client.standing == Standing()
        before = time.time()
        client.start()
        server.next_control()
        assert client.wait_logged_in(10)
        standing = client.standing
        assert before <= standing.since <= time.time()
        assert standing == Standing(since=standing.since, wire_protocol="v2", logins=1, failures=1)
        server.drop_all()
        assert eventually(lambda: standing.failures > 1)
        assert (standing.since, standing.wire_protocol, standing.error) == (0.0, "", "go away")


def test_why_a_session_ended_is_kept(clients: Clients) -> None:
    with fake_frps(mux=True) as server:
        client = clients.logged_in(server.port, mux=True, login_fail_exit=False)
        server.next_control()
        server._listener.close()
        control = client._supervisor.control
        assert control is not None
        server.drop_all()
        assert eventually(lambda: control.is_closed)
        assert control.end == "connection closed by the peer"
