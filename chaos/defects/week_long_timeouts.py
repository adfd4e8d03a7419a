"""nginx as the guide has it: time-outs of seven days, in which dead peers keep their connections."""

import re
from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(folder / "deploy/nginx/nginx.conf", re.compile(r"(proxy_(?:send|read)_timeout) 60s;"), r"\1 7d;")


DEFECT = Defect(
    title="nginx keeps silent peers for a week",
    drill="server-configurations",
    caught_by="observed nginx-timeouts",
    spoil_files=spoil_files,
)
