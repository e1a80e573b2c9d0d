"""Messages for tests, well and badly made, and a judge of them that is not ours: httptools, that is node's llhttp."""

import random
from dataclasses import dataclass, field

import httptools

from frpg.proto.stage import Buffer

NAMES = ["Accept", "x-a", "X_under", "Cookie", "ACCEPT", "!#$%&'*+-.^_`|~0", "x-b", "Trailer", "Keep-Alive", "TE"]
VALUES = ["", "a", "a b", "\ta\t", "a,b", "\xe9\xff", '"q;=', "x" * 300, ":", " trailing  ", "gzip", "trailers"]


def cuts(data: bytes, size: int) -> list[bytes]:
    """`data` in pieces of `size` bytes."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def head(*lines: str) -> bytes:
    """The lines of a head, with its empty line."""
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def random_request(chance: random.Random) -> tuple[bytes, bytes]:
    """(head, body as sent) of a request that may be passed on."""
    target = chance.choice(["/", "/a%2Fb/../c?x=%zz;y", "/?", "//x", "http://Other.test:80/p?q", "http://o?x"])
    minor = chance.choice([1, 1, 1, 0])
    lines = [f"{chance.choice(['GET', 'POST', 'PUT', 'PROPFIND'])} {target} HTTP/1.{minor}"]
    fields = [
        f"{chance.choice(NAMES)}:{chance.choice(['', ' ', chr(9), '   '])}{chance.choice(VALUES)}" for _ in range(6)
    ]
    fields.append(
        f"{chance.choice(['Host', 'hOST'])}: {chance.choice(['a.test', 'A.Test.:80', '[::1]:8080', 'a_b.test'])}"
    )
    fields += chance.choice(
        [[], ["Connection: x-a, keep-alive"], ["connection: close", "Connection: te"], ["Upgrade: x"]]
    )
    body = chance.randbytes(chance.choice([0, 1, 5, 300]))
    fields += chance.choice([[], ["Content-Length: 0"]]) if not body else [f"content-length: {len(body)}"]
    if minor == 1 and chance.random() < 0.4:
        fields[-1] = "Transfer-Encoding: chunked" if "ength" in fields[-1] else fields[-1]
        if "chunked" in fields[-1]:
            body = random_chunks(chance, body)
    chance.shuffle(fields)
    return head(*lines, *fields), body


def random_chunks(chance: random.Random, body: bytes) -> bytes:
    """`body` in the chunked coding, with all that the coding allows."""
    sent = b""
    while body:
        size = chance.randint(1, len(body))
        extension = chance.choice([b"", b";a", b' ;a="b c"', b"\t;x=y"])
        digits = chance.choice([b"%x", b"%X", b"00%x"]) % size
        sent, body = sent + digits + extension + b"\r\n" + body[:size] + b"\r\n", body[size:]
    trailers = chance.choice([b"", b"X-Sum: 1\r\n", b"a:b\r\nHost: evil\r\nContent-Length: 7\r\n"])
    return sent + chance.choice([b"0", b"000"]) + b"\r\n" + trailers + b"\r\n"


@dataclass
class Verdict:
    """What the judge read; raises in `judge` when it was no message."""

    first: bytes = b""  # target, or reason phrase
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    complete: int = 0  # messages
    status: int = 0
    method: bytes = b""

    def on_url(self, url: bytes) -> None:
        self.first += url

    def on_status(self, status: bytes) -> None:
        self.first += status

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete += 1

    def values(self, name: bytes) -> list[bytes]:
        return [value for other, value in self.fields if other.lower() == name]


def judge_request(data: bytes) -> Verdict:
    verdict = Verdict()
    parser = httptools.HttpRequestParser(verdict)
    parser.feed_data(data)
    verdict.method = parser.get_method()
    return verdict


def judge_response(data: bytes) -> Verdict:
    verdict = Verdict()
    parser = httptools.HttpResponseParser(verdict)
    parser.feed_data(data)
    verdict.status = parser.get_status_code()
    return verdict


def joined(pieces: list[Buffer]) -> bytes:
    return b"".join(pieces)
