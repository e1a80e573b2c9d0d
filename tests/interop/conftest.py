"""The same tests as tests/e2e, with one end replaced by an official program."""

import pytest

from tests.support.binaries import OURS, Binary, Ends, official_folder


@pytest.fixture(scope="session", params=["official frpc", "official frps"])
def ends(request: pytest.FixtureRequest) -> Ends:
    folder = official_folder()
    if folder is None:
        pytest.skip("FRPG_OFFICIAL_BIN does not name the folder of the official frps and frpc")
    if request.param == "official frpc":
        return Ends(OURS.frps, Binary.official(folder / "frpc"))
    return Ends(Binary.official(folder / "frps"), OURS.frpc)
