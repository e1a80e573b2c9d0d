"""curl that looks for a name at a port of this machine."""

import dataclasses

from tests.support.tools import need, run


@dataclasses.dataclass(frozen=True)
class Curl:
    """`host` is found at `port`, in spite of what the resolver says. A certificate is not looked at."""

    host: str
    port: int
    scheme: str = "http"

    def __call__(self, path: str, *options: str) -> str:
        """What curl prints; an answer of 400 and above fails the test, as does a time-out."""
        (program,) = need("curl")
        common = ["--fail-with-body", "--silent", "--show-error", "--noproxy", "*", "--max-time", "50"]
        place = ["--insecure", "--resolve", f"{self.host}:{self.port}:127.0.0.1"]
        return run(program, *common, *place, *options, f"{self.scheme}://{self.host}:{self.port}{path}")
