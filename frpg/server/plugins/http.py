"""A plugin that is an HTTP service, as frp has them."""

from __future__ import annotations

from frpg.config.server import HttpPluginConfig
from frpg.errors import ConfigError
from frpg.net.failure import describe
from frpg.net.http_client import HttpClient, verifying_context
from frpg.net.http_url import parse_url
from frpg.net.tls import client_context
from frpg.server.plugins.contents import Content, Op
from frpg.server.plugins.plugin import Plugin, PluginError
from frpg.server.plugins.verdict import VERSION, encode_question, read_answer


class HttpPlugin(Plugin):
    """Keeps its connections open between two questions.

    Raises ConfigError with the path of the option below `path`.
    """

    def __init__(self, config: HttpPluginConfig, path: str) -> None:
        super().__init__(config.name, config.ops, float(config.timeout_seconds))
        addr = config.addr if config.addr.startswith(("http://", "https://")) else f"http://{config.addr}"
        url = f"{addr}{config.path}"
        if self.ops:
            try:
                parse_url(url)
            except ValueError as error:
                raise ConfigError(f"{path}.addr: {error}; with `path` behind it, it is what frps asks") from None
        # Verified unless the operator says otherwise; in frp it is the other way round.
        tls = client_context() if config.tls_verify is False else None
        if tls is None and config.trusted_ca_file:
            try:
                tls = verifying_context(config.trusted_ca_file)
            except (OSError, ConfigError) as error:
                raise ConfigError(f"{path}.trustedCaFile: {describe(error)}") from error
        self._base = f"{url}{'&' if '?' in url else '?'}"
        self._http = HttpClient(tls=tls, timeout=self.timeout)

    def _ask(self, op: Op, content: Content, request_id: str, timeout: float) -> Content:
        answer = self._http.request(
            "POST",
            f"{self._base}op={op}&version={VERSION}",
            fields={"Content-Type": "application/json", "X-Frp-Reqid": request_id},
            body=encode_question(op, content),
            timeout=timeout,
            may_repeat=True,  # a question asked twice has one answer
        )
        if answer.status != 200:
            raise PluginError(f"do http request error code: {answer.status}")
        return content if op == "CloseProxy" else read_answer(answer.body, op, content)

    def _end(self) -> None:
        self._http.close()
