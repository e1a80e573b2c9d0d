"""Who is admitted."""

from collections.abc import Iterator

import pytest

from frpg.auth.method import ANYBODY, Identity
from frpg.auth.token import TokenAuth
from frpg.errors import AuthError, FrpgError
from frpg.proto.framing import V1Framing
from frpg.proto.messages import Login
from frpg.server.context import make_context
from frpg.server.controls import Controls
from tests.unit.server.conftest import server_config

RUN_ID = "0123456789abcdef"


@pytest.fixture
def controls() -> Iterator[Controls]:
    controls = Controls(make_context(server_config()))
    yield controls
    controls.close()


def test_a_control_keeps_what_its_client_has_logged_in_with(controls: Controls) -> None:
    auth, identity = TokenAuth("other"), Identity("me", "https://issuer.test")
    control = controls.admit(Login(), RUN_ID, V1Framing(), auth=auth, identity=identity)
    assert (control.auth, control.identity, control.secret) == (auth, identity, b"other")
    control = controls.admit(Login(), RUN_ID[::-1], V1Framing())
    assert (control.auth, control.identity) == (control._context.auth, ANYBODY)


def test_a_run_id_is_its_owners_alone(controls: Controls) -> None:
    first = controls.admit(Login(), RUN_ID, V1Framing(), identity=Identity("me"))
    with pytest.raises(AuthError) as caught:
        controls.admit(Login(), RUN_ID, V1Framing(), identity=Identity("other"))
    assert caught.value.reason == f"run id [{RUN_ID}] belongs to a client with another identity"
    assert not first.is_closed and list(controls) == [first]
    second = controls.admit(Login(), RUN_ID, V1Framing(), identity=Identity("me"))
    assert first.is_closed and list(controls) == [second]


def test_nobody_is_admitted_after_the_end(controls: Controls) -> None:
    controls.close()
    with pytest.raises(FrpgError) as caught:
        controls.admit(Login(), RUN_ID, V1Framing())
    assert caught.value.reason == "control manager is closed"
