"""The proxies of one control: registering them under the server's rules, ending them."""

from __future__ import annotations

from collections.abc import Callable

from frpg.errors import FrpgError, RouteConflict, reason
from frpg.logs import PrefixedLogger, prefixed
from frpg.proto.messages import Login, NewProxy, NewProxyResp
from frpg.server.context import Context
from frpg.server.proxies import make_proxy
from frpg.server.proxies.base import Proxy
from frpg.server.registry import Entry
from frpg.server.routes import Route
from frpg.server.upstream import Upstream


class ProxySet:
    """Owns the proxies of `holder`. No fault of a proxy leaves it as an exception, and nothing in it yields
    but `add`, where plugins are asked.

    Args:
        client_id: what stands for the client in the statistics.
        note: told of every proxy that was refused.
    """

    def __init__(
        self,
        context: Context,
        holder: Upstream,
        log: PrefixedLogger,
        *,
        login: Login,
        client_id: str,
        note: Callable[[str], None],
    ) -> None:
        self._context = context
        self._holder = holder
        self._log = log
        self._login = login
        self._client_id = client_id
        self._note = note
        self._proxies: dict[str, tuple[Proxy, Entry[Upstream]]] = {}
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._proxies)

    def get(self, name: str) -> Proxy | None:
        """The running proxy of that name."""
        found = self._proxies.get(name)
        return found and found[0]

    def add(self, message: NewProxy) -> NewProxyResp:
        """Register and start a proxy; returns the answer for the client."""
        name, kind = message.proxy_name, message.proxy_type or "tcp"
        try:
            message = self._asked(message)
            name, kind = message.proxy_name, message.proxy_type or "tcp"
            remote_addr = self._register(message)
        except (FrpgError, OSError) as error:
            return self._refusal(name, kind, error)
        except Exception:
            self._log.exception("starting proxy [%s] failed", name)
            return self._refusal(name, kind, FrpgError())
        self._log.info("new proxy [%s] type [%s] success", name, kind)
        return NewProxyResp(proxy_name=name, remote_addr=remote_addr)

    def _asked(self, message: NewProxy) -> NewProxy:
        """The proxy as plugins want it. Raises FrpgError."""
        ask = self._context.hooks.new_proxy
        if ask is not None:
            message = ask(self._holder.owner, message)
            if self._is_closed:
                raise FrpgError(reason="the session has ended")
        return message

    def _refusal(self, name: str, kind: str, error: Exception) -> NewProxyResp:
        self._log.warning("new proxy [%s] type [%s] error: %s", name, kind, reason(error))
        self._note(f"new proxy [{name}] type [{kind}] error: {reason(error)}")
        text = self._context.reason_for_client(error, f"new proxy [{name}] error")
        return NewProxyResp(proxy_name=name, error=text)

    def _register(self, message: NewProxy) -> str:
        """Start the proxy; returns its remote address. Raises FrpgError, OSError."""
        registry, name = self._context.registry, message.proxy_name
        proxy = make_proxy(self._context, self._holder, message, prefixed(self._log, name))
        self._context.bans.check_proxy(name)
        self._check_quota(proxy)
        try:
            entry = registry.claim(Route("proxy", name), self._holder)
        except RouteConflict as error:
            raise RouteConflict(reason=f"proxy [{name}] already exists") from error
        try:
            remote_addr = proxy.start()
        except BaseException:
            proxy.close()
            registry.release(entry)
            raise
        self._proxies[name] = proxy, entry
        self._context.statistics.began(proxy, self._login, self._client_id, remote_addr)
        return remote_addr

    def _check_quota(self, proxy: Proxy) -> None:
        limit = self._context.config.max_ports_per_client
        if limit > 0 and proxy.PORTS + sum(other.PORTS for other, _ in self._proxies.values()) > limit:
            raise RouteConflict(reason="exceed the max_ports_per_client")

    def end(self, name: str) -> None:
        """Close the proxy of that name; unknown names are ignored, as upstream does."""
        if name in self._proxies:
            self._close(name)
        self._log.info("close proxy [%s] success", name)

    def close(self) -> None:
        """Close them all; no more are added. Idempotent, does not yield."""
        self._is_closed = True
        for name in list(self._proxies):
            self._close(name)

    def _close(self, name: str) -> None:
        proxy, entry = self._proxies.pop(name)
        prefixed(self._log, name).info("proxy closing")
        try:
            proxy.close()
        except Exception:  # the others must be closed too
            self._log.exception("closing proxy [%s] failed", name)
        self._context.statistics.ended(proxy)
        self._context.registry.release(entry)
        if self._context.hooks.close_proxy is not None:
            self._context.hooks.close_proxy(self._holder.owner, name)
