"""Commands that speak TLS trust nobody else."""

from pathlib import Path

import pytest

from frpg.cli.admin_api import Admin, AdminError
from frpg.config.common import TlsFiles, WebServerConfig
from tests.support.certificates import SERVER_NAME, Authority, Pair
from tests.unit.cli.admin_server import answer, scripted


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


def ask(pair: Pair | None, **tls: str) -> bytes:
    with scripted(answer(200, "ok"), pair=pair) as server:
        return Admin(WebServerConfig(port=server.port, tls=TlsFiles(**tls)), 20.0).ask("GET", "/api/status")


def refusal(pair: Pair | None, **tls: str) -> str:
    with pytest.raises(AdminError) as caught:
        ask(pair, **tls)
    assert str(caught.value).startswith('Get "https://127.0.0.1:')
    return str(caught.value).partition('/api/status": ')[2]


def test_the_certificate_of_the_file_is_trusted_whatever_its_name(authority: Authority) -> None:
    pair = authority.issue("server")
    assert ask(pair, cert_file=pair.cert) == b"ok"
    chain = Path(pair.cert).with_name("chain.crt")
    chain.write_text(Path(pair.cert).read_text() + Path(authority.file).read_text())
    assert ask(Pair(str(chain), pair.key), cert_file=str(chain)) == b"ok"


def test_another_certificate_of_the_same_authority_is_not(authority: Authority) -> None:
    pair, other = authority.issue("server"), authority.issue("other")
    assert refusal(other, cert_file=pair.cert).startswith("tls: failed to verify certificate: ")
    chain = Path(pair.cert).with_name("chain.crt")
    chain.write_text(Path(pair.cert).read_text() + Path(authority.file).read_text())
    assert refusal(other, cert_file=str(chain)).startswith("tls: failed to verify certificate: ")


def test_an_authority_is_trusted_for_the_name_it_is_asked_about(authority: Authority) -> None:
    pair = authority.issue("server")
    assert ask(pair, cert_file=pair.cert, trusted_ca_file=authority.file, server_name=SERVER_NAME) == b"ok"
    text = refusal(pair, cert_file=pair.cert, trusted_ca_file=authority.file)
    assert text.startswith("tls: failed to verify certificate: IP address mismatch")
    text = refusal(pair, trusted_ca_file=authority.file, server_name="other.test")
    assert text.startswith("tls: failed to verify certificate: Hostname mismatch")


def test_another_authority_is_not(authority: Authority, tmp_path: Path) -> None:
    pair, other = authority.issue("server"), Authority(tmp_path, "stranger")
    text = refusal(pair, cert_file=pair.cert, trusted_ca_file=other.file, server_name=SERVER_NAME)
    assert text.startswith("tls: failed to verify certificate: ")


def test_files_that_cannot_be_used(authority: Authority, tmp_path: Path) -> None:
    pair, empty = authority.issue("server"), tmp_path / "empty"
    empty.write_bytes(b"\xff")
    assert refusal(pair, cert_file="none.crt") == "open none.crt: no such file or directory"
    assert refusal(pair, trusted_ca_file="none.crt") == "open none.crt: no such file or directory"
    assert refusal(pair, cert_file=str(empty)) == f"{empty}: no certificate in PEM"
    assert refusal(pair, trusted_ca_file=str(empty)) == f"{empty}: no certificate in PEM"


def test_a_server_without_tls_is_not_spoken_to(authority: Authority) -> None:
    pair = authority.issue("server")
    assert refusal(None, cert_file=pair.cert).startswith(("tls: ", "EOF"))
