"""The controls of this process, and the rules by which one is admitted."""

from __future__ import annotations

from collections.abc import Iterator

from frpg.auth.method import ANYBODY, Identity, ServerAuth
from frpg.errors import AuthError, FrpgError, RouteConflict
from frpg.net.stream import NO_ADDRESS, Address
from frpg.proto.framing import Framing
from frpg.proto.messages import Login
from frpg.server.clients import client_key
from frpg.server.context import Context
from frpg.server.control import Control
from frpg.server.routes import Route


class Controls:
    """Owns every control; a control leaves when it ends. Nothing yields."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._controls: set[Control] = set()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._controls)

    def __iter__(self) -> Iterator[Control]:
        return iter(list(self._controls))

    def admit(
        self,
        login: Login,
        run_id: str,
        framing: Framing,
        address: Address = NO_ADDRESS,
        *,
        auth: ServerAuth | None = None,
        identity: Identity = ANYBODY,
    ) -> Control:
        """A control for a login that `auth`, or else the server's, has found to be `identity`. It is not started.

        An older session with the same run id ends first, here or on another server, and frees its routes.
        Raises FrpgError.
        """
        if self._is_closed:
            raise FrpgError(reason="control manager is closed")
        self._context.bans.check_client(client_key(login.user, login.client_id or run_id))
        registry = self._context.registry
        older = registry.lookup(Route("run", run_id))
        if older is not None and older.holder is not None:
            if older.holder.identity != identity:  # run ids can be seen in logs and pages: none is a proof
                raise AuthError(reason=f"run id [{run_id}] belongs to a client with another identity")
            older.holder.replace()
        control = Control(self._context, login, run_id, framing, self._controls.discard, auth, identity)
        control.address = address
        try:
            registry.claim(Route("run", run_id), control)
            self._claim_client_id(control)
        except FrpgError:
            control.close()
            raise
        self._controls.add(control)
        return control

    def _claim_client_id(self, control: Control) -> None:
        user, client_id = control.login.user, control.login.client_id
        if not client_id:
            return
        try:
            self._context.registry.claim(Route("client", client_key(user, client_id)), control)
        except RouteConflict as error:
            raise RouteConflict(reason=f"client_id [{client_id}] for user [{user}] is already online") from error

    def close(self) -> None:
        """End them all; later logins are refused. Idempotent."""
        self._is_closed = True
        for control in list(self._controls):
            control.close()
