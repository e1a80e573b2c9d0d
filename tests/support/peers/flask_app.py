"""A Flask application in its own development server: flask_app.py PORT."""

import hashlib
import random
import sys
from collections.abc import Iterator

import flask

app = flask.Flask(__name__)


@app.route("/about/<path:rest>", methods=["GET", "POST", "DELETE", "OPTIONS"])
def about(rest: str) -> flask.Response:
    """What arrived, as JSON."""
    request = flask.request
    headers = [list(pair) for pair in request.headers]
    form, query = request.form.to_dict(), request.query_string.decode()
    return flask.jsonify(path=rest, method=request.method, headers=headers, form=form, query=query)


@app.put("/upload")
def upload() -> flask.Response:
    whole, size = hashlib.sha256(), 0
    while data := flask.request.stream.read(65536):
        whole.update(data)
        size += len(data)
    return flask.jsonify(size=size, digest=whole.hexdigest())


@app.get("/download/<int:pieces>")
def download(pieces: int) -> flask.Response:
    """Pieces of 1 kB to 100 kB, without a length."""
    chance = random.Random(pieces)

    def produce() -> Iterator[bytes]:
        for _ in range(pieces):
            yield chance.randbytes(chance.randrange(1000, 100_000))

    return flask.Response(produce(), mimetype="application/octet-stream")


@app.get("/login")
def login() -> flask.Response:
    response = flask.redirect("/about/home")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
