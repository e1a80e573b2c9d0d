"""A server manage plugin as a Flask application in its own development server: hooks_app.py PORT.

Says yes to all, unless it was told otherwise: what is POSTed to /answers/OP is what it answers from then on. /questions
has all that it was asked: [op, query, body].
"""

import sys
import time
from collections.abc import Iterator

import flask

app = flask.Flask(__name__)
answers: dict[str, bytes] = {}
questions: list[tuple[str, str, str]] = []


@app.post("/handler")
def handler() -> flask.Response:
    op = flask.request.args["op"]
    body = flask.request.get_data()
    questions.append((op, flask.request.query_string.decode(), body.decode()))
    answer = answers.get(op, b'{"reject":false,"unchange":true}')
    if answer == b"hang":
        time.sleep(60)
    if answer == b"500":
        return flask.Response("no", status=500)
    if answer == b"endless":
        return flask.Response(endless(), mimetype="application/json")
    return flask.Response(answer, mimetype="application/json")


@app.post("/answers/<op>")
def tell(op: str) -> str:
    answers[op] = flask.request.get_data()
    return ""


@app.get("/questions")
def asked() -> flask.Response:
    return flask.jsonify(questions)


def endless() -> Iterator[bytes]:
    while True:
        yield b" " * 65536


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
