"""A Flask application behind an http proxy, talked to by curl."""

import hashlib
import json
import random

import pytest

from tests.support.curl import Curl
from tests.support.lab import Lab
from tests.support.names import Front
from tests.support.peers import command, need_module
from tests.support.ports import free_port
from tests.support.tools import need, wait_listening

pytestmark = pytest.mark.program
HOST = "app.example.test"
VERSIONS = {"1.1": "--http1.1", "2": "--http2-prior-knowledge"}


@pytest.fixture(params=[{}, {"transport.useEncryption": True, "transport.useCompression": True}], ids=["plain", "both"])
def app(lab: Lab, request: pytest.FixtureRequest) -> Curl:
    need("curl")
    need_module("flask")
    lab.command(*command("flask_app", local := free_port()))
    wait_listening(local)
    port = free_port()
    lab.frpc(lab.frps({"vhostHTTPPort": port}).port, [Front("http", port).proxy("app", local, HOST, **request.param)])
    return Curl(HOST, port)


@pytest.mark.parametrize("version", VERSIONS)
def test_application_learns_about_its_visitor(app: Curl, version: str) -> None:
    seen = json.loads(app("/about/a%2Fb%20c?x=1&y=%20+z", VERSIONS[version], "-H", "X-Mine: here"))
    assert (seen["method"], seen["path"], seen["query"]) == ("GET", "a/b c", "x=1&y=%20+z")
    headers = dict(seen["headers"])
    assert headers["Host"] == f"{HOST}:{app.port}"
    assert headers["X-Mine"] == "here"
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Host"] == f"{HOST}:{app.port}"
    assert headers["X-Forwarded-Proto"] == "http"


WAITING = ["-H", "Expect: 100-continue", "--expect100-timeout", "30"]
CHUNKED = ["-H", "Transfer-Encoding: chunked"]
UPLOADS = {
    "length": ["--http1.1", "-H", "Expect:"],
    "chunked": ["--http1.1", "-H", "Expect:", *CHUNKED],
    "length, after a 100": ["--http1.1", *WAITING],
    "chunked, after a 100": ["--http1.1", *WAITING, *CHUNKED],
    "1.0": ["--http1.0"],
    "2": ["--http2-prior-knowledge"],
}


@pytest.mark.parametrize("options", UPLOADS)
def test_upload(lab: Lab, app: Curl, options: str) -> None:
    content = random.Random(1).randbytes(5_000_000)
    path = lab.folder / "content"
    path.write_bytes(content)
    seen = json.loads(app("/upload", *UPLOADS[options], "-T", str(path)))
    assert seen == {"size": len(content), "digest": hashlib.sha256(content).hexdigest()}


def test_empty_upload_and_form(lab: Lab, app: Curl) -> None:
    assert json.loads(app("/upload", "-X", "PUT", "--data-binary", ""))["size"] == 0
    seen = json.loads(app("/about/form", "-d", "a=1&b=two words", "-d", "c=ü"))
    assert seen["form"] == {"a": "1", "b": "two words", "c": "ü"}
    seen = json.loads(app("/about/form", "-F", "a=1", "-F", f"b={'x' * 100_000}"))
    assert {name: len(value) for name, value in seen["form"].items()} == {"a": 1, "b": 100_000}


@pytest.mark.parametrize("version", ["--http1.0", *VERSIONS.values()])
def test_answer_without_a_length(lab: Lab, app: Curl, version: str) -> None:
    target = lab.folder / "got"
    app("/download/100", version, "-o", str(target))
    chance = random.Random(100)
    expected = b"".join(chance.randbytes(chance.randrange(1000, 100_000)) for _ in range(100))
    assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(expected).digest()


def test_redirect_and_cookies(app: Curl) -> None:
    seen = json.loads(app("/login", "-L", "-c", "/dev/null", "-b", ""))
    assert seen["path"] == "home"
    assert dict(seen["headers"])["Cookie"] in ("one=1; two=2", "two=2; one=1")


@pytest.mark.parametrize("method", ["OPTIONS", "DELETE", "POST"])
def test_other_methods(app: Curl, method: str) -> None:
    assert json.loads(app("/about/x", "-X", method))["method"] == method
