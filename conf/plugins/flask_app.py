"""The same as an HTTP service, for frps of any make.

FRP_USERS='{"alice": "TOKEN"}' flask --app flask_app run --port 9000

[[httpPlugins]]
name = "users"
addr = "127.0.0.1:9000"
path = "/handler"
ops = ["Login", "NewProxy"]
"""

from __future__ import annotations

import hmac
import json
import os
from typing import Any

from flask import Flask, Response, jsonify, request

app = Flask(__name__)
users: dict[str, str] = json.loads(os.environ.get("FRP_USERS", "{}"))


@app.post("/handler")
def handler() -> Response:
    question = request.get_json()
    answer = {"Login": login, "NewProxy": new_proxy}.get(question["op"])
    return jsonify(answer(question["content"]) if answer else unchanged())


def login(content: dict[str, Any]) -> dict[str, Any]:
    token = (content.get("metas") or {}).get("token", "")
    if not hmac.compare_digest(token.encode(), users.get(content.get("user", ""), "").encode()) or not token:
        return rejected("unknown user or wrong token")
    return unchanged()


def new_proxy(content: dict[str, Any]) -> dict[str, Any]:
    """Everybody's proxies are encrypted, whatever their clients say."""
    return {"reject": False, "unchange": False, "content": content | {"use_encryption": True}}


def unchanged() -> dict[str, Any]:
    return {"reject": False, "unchange": True}


def rejected(reason: str) -> dict[str, Any]:
    return {"reject": True, "reject_reason": reason}
