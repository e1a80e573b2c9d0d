"""Which method a configuration asks for, and that each is what both ends expect."""

import pytest

from frpg.auth.method import ClientAuth, ServerAuth, make_client_auth, make_server_auth
from frpg.auth.oidc_client import OidcClientAuth
from frpg.auth.oidc_server import OidcServerAuth
from frpg.auth.token import TokenAuth
from frpg.config.client import ClientConfig
from frpg.config.server import ServerConfig
from frpg.proto.messages import Login


def test_a_token() -> None:
    client, server = ClientConfig(), ServerConfig()
    for config in (client, server):
        config.auth.token, config.auth.additional_scopes = "t", ["NewWorkConns"]
    client_auth: ClientAuth = make_client_auth(client)
    server_auth: ServerAuth = make_server_auth(server)
    assert isinstance(client_auth, TokenAuth) and isinstance(server_auth, TokenAuth)
    assert client_auth.signs_work_conns and not client_auth.may_wait
    server_auth.prepare()
    server_auth.check_login(Login(**client_auth.login_fields(5.0)))


@pytest.mark.parametrize("secret", ["", "t"])
def test_oidc(secret: str) -> None:
    """Encrypted streams go by `auth.token`, as with official frp."""
    client, server = ClientConfig(), ServerConfig()
    for config in (client, server):
        config.auth.method, config.auth.token = "oidc", secret
        config.auth.additional_scopes = ["NewWorkConns"]
    client_auth: ClientAuth = make_client_auth(client)
    server_auth: ServerAuth = make_server_auth(server)
    assert isinstance(client_auth, OidcClientAuth) and isinstance(server_auth, OidcServerAuth)
    assert client_auth.signs_work_conns and client_auth.may_wait
    assert client_auth.secret == server_auth.secret == secret.encode()
