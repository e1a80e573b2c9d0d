"""A program that asks a web port over HTTP, with the password of the tests."""

import base64
import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any, NamedTuple

USER, PASSWORD = "admin", "s3cret pässword"
PATIENCE = 20.0  # seconds for one answer


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class AdminApi:
    """At a port of this machine; a connection for each request.

    Args:
        password: None asks without one.
    """

    def __init__(self, port: int, password: str | None = PASSWORD, *, ca_file: str = "") -> None:
        self.port = port
        self._tls = ssl.create_default_context(cafile=ca_file) if ca_file else None
        if self._tls is not None:
            self._tls.check_hostname = False
        token = base64.b64encode(f"{USER}:{password}".encode()).decode()
        self._headers = {} if password is None else {"Authorization": f"Basic {token}"}

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """`body` is sent as it is when it is text or bytes, else as JSON."""
        connection = self._connect()
        try:
            data = body if isinstance(body, str | bytes | None) else json.dumps(body)
            data = data.encode() if isinstance(data, str) else data
            connection.request(method, path, data, {**self._headers, **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """The JSON of an answer that has to be a success."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.json

    def _connect(self) -> http.client.HTTPConnection:
        if self._tls is not None:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE, context=self._tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)


def admin_options(port: int) -> dict[str, Any]:
    """The options of a web port that wants the password of the tests."""
    return {"webServer.port": port, "webServer.user": USER, "webServer.password": PASSWORD}
