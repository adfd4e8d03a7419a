"""The pre-commit hook, by real commits in a repository of its own: secrets and lint are refused, the rest goes in."""

import random
import string
import sys
from pathlib import Path

from harness.checks.observed import Observed
from harness.probe import in_a_thread, probe
from harness.prober import Prober
from harness.tools import find
from harness.tools.run import Outcome, run

CAPITALS = string.ascii_uppercase + "234567"
LETTERS = string.ascii_letters + string.digits
KEY_ID_PREFIXES = ("AKIA", "ASIA", "AROA", "AIDA", "AGPA", "AIPA", "ANPA", "ANVA", "A3TX")
CLEAN = {
    "well.py": '"""Nothing secret."""\n\nREGION = "eu-central-1"\n',
    # Of the kind of file that the secrets are in: a hook that takes none of these would look like one that finds them.
    "notes.txt": "id = nothing that opens anything\n",
}


def planted(draw: random.Random) -> dict[str, str]:
    """Lines that must not be committed. Drawn, since a written one would be found in this file."""

    def some(count: int, of: str = LETTERS) -> str:
        return "".join(draw.choices(of, k=count))

    keys = {f"an AWS key id, {prefix}": f"id = {prefix}{some(16, CAPITALS)}\n" for prefix in KEY_ID_PREFIXES}
    return {
        **keys,
        "an AWS secret key": f'aws_secret_access_key = "{some(40)}"\n',
        "an AWS account id": f"AWS_ACCOUNT_ID={some(12, string.digits)}\n",
        "a private key": f"-----BEGIN {'RSA'} PRIVATE KEY-----\n{some(64)}\n",
        "a GitHub token": f"token: ghp_{some(36)}\n",
        "a Slack token": f"slack: xoxb-{some(12, string.digits)}-{some(12, string.digits)}-{some(24)}\n",
        "a Stripe key": f"stripe: sk_live_{some(24)}\n",
        "a database password": f"url: postgresql://app:{some(20)}@db.internal/app\n",
    }


@in_a_thread
def ask(prober: Prober) -> None:
    repository = _repository(prober)
    for case, text in planted(random.Random(4)).items():
        done = _commit(repository, "notes.txt", text)
        prober.saw("secrets-committed", case, done.status == 0, detail="" if done.status else "the commit went in")
    done = _commit(repository, "badly.py", "import os\n")
    prober.saw("lint-committed", "an unused import", done.status == 0)
    for name, text in CLEAN.items():
        done = _commit(repository, name, text)
        prober.saw("clean-commit", name, done.status, detail=done.text[-300:] if done.status else "")


def _repository(prober: Prober) -> Path:
    repository = prober.work / "repository"
    repository.mkdir()
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        (repository / name).write_bytes((prober.files / name).read_bytes())
    # As `make setup` leaves it in a clone.
    (repository / ".venv").symlink_to(sys.prefix)
    for command in (
        ["git", "init", "--quiet"],
        ["git", "config", "user.email", "probe@probe.test"],
        ["git", "config", "user.name", "Probe"],
        [str(find.script("pre-commit").path), "install"],
    ):
        done = run(command, repository, _environment(repository))
        prober.saw("hook-set-up", " ".join(command[1:3]), done.status, detail=done.text[-300:])
    return repository


def _commit(repository: Path, name: str, text: str) -> Outcome:
    """What `git commit` of one file says. The file is gone after, so that each case is judged alone."""
    file = repository / name
    file.write_text(text)
    environment = _environment(repository)
    run(["git", "add", name], repository, environment)
    done = run(["git", "commit", "--quiet", "--message", "Add it"], repository, environment)
    run(["git", "rm", "--quiet", "--force", name], repository, environment)
    return done


def _environment(repository: Path) -> dict[str, str]:
    # A person's own settings, hooks among them, are none of this repository's.
    return {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "PRE_COMMIT_HOME": str(repository.parent / "hooks"),
    }


PROBE = probe(
    title="The commit hook refuses secrets and lint, and lets the rest in",
    ask=ask,
    needs_stack=False,
    expect=(
        Observed(of="hook-set-up", equals=0, cases=4),
        Observed(of="secrets-committed", equals=0, cases=16),
        Observed(of="lint-committed", equals=0),
        Observed(of="clean-commit", equals=0, cases=len(CLEAN)),
    ),
    claims=("SEC-PRECOMMIT",),
)
