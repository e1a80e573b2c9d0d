"""A server manage plugin in a process of its own, as the test sees it."""

import json
import urllib.request
from typing import Any

from tests.support.lab import Lab
from tests.support.peers import command, need_module
from tests.support.ports import free_port
from tests.support.tools import wait_listening
from tests.support.waiting import eventually

OPS = ["Login", "NewProxy", "CloseProxy", "Ping", "NewWorkConn", "NewUserConn"]
Question = tuple[str, str, str]  # operation, query, body


class Manager:
    """See tests/support/peers/hooks_app.py."""

    def __init__(self, lab: Lab) -> None:
        need_module("flask")
        self.port = free_port()
        self._program = lab.command(*command("hooks_app", self.port))
        wait_listening(self.port)

    def options(self, *ops: str, **more: Any) -> dict[str, Any]:
        """Options of an frps that asks it, about everything unless `ops` are named."""
        plugin = {"name": "manager", "addr": f"127.0.0.1:{self.port}", "path": "/handler", "ops": list(ops or OPS)}
        return {"httpPlugins": [plugin | more]}

    def answer(self, op: str, answer: dict[str, Any] | str) -> None:
        """What it says to `op` from now on; the words hang, 500 and endless are what it does."""
        body = answer if isinstance(answer, str) else json.dumps(answer)
        self._call(f"/answers/{op}", body.encode())

    def reject(self, op: str, reason: str) -> None:
        self.answer(op, {"reject": True, "reject_reason": reason})

    def change(self, op: str, content: dict[str, Any]) -> None:
        self.answer(op, {"content": content})

    def questions(self, op: str = "") -> list[Question]:
        """All so far, or those about `op`."""
        asked = [tuple(question) for question in json.loads(self._call("/questions"))]
        return [question for question in asked if op in ("", question[0])]  # type: ignore[misc]

    def contents(self, op: str) -> list[dict[str, Any]]:
        return [json.loads(body)["content"] for _, _, body in self.questions(op)]

    def wait_asked(self, op: str, count: int = 1) -> dict[str, Any]:
        """The content of the `count`-th question about `op`."""
        eventually(lambda: len(self.contents(op)) >= count, what=f"was not asked about {op} {count} time(s)")
        return self.contents(op)[count - 1]

    def _call(self, path: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as response:
            content: bytes = response.read()
            return content
