"""A self-test's answer as people read it: a table on a terminal, and one in Markdown for benchmarks/RESULTS.md."""

from collections.abc import Iterator, Sequence

from harness.cli.answers import DefectAnswer, SelftestAnswer
from harness.cli.proofs import ENOUGH, Proof
from harness.finding import Verdict


def table(answer: SelftestAnswer) -> str:
    """Defect, drill or probe, the finding that caught it, seconds; then what is not as it must be, and the sum."""
    rows = [(one.name, one.drill, _shown(one), f"{one.seconds:.0f} s") for one in answer.defects]
    return "\n".join([*columns(rows), *_troubles(answer), summed_up(answer)])


def columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """As wide as their widest; the last as it comes."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _shown(one: DefectAnswer) -> str:
    return one.in_words if one.caught or one.inconclusive else f"✗ {one.in_words}"


def _troubles(answer: SelftestAnswer) -> Iterator[str]:
    for clean in answer.clean:
        if clean.verdict is not Verdict.PASS:
            yield f"{clean.drill}, round {clean.round}: {clean.in_words}"
    for name in answer.not_applicable:
        yield f"{name} is not applicable on {answer.stack}"
    for proof in answer.proofs:
        if proof.check in answer.unproved:
            yield f"{proof.check} is proved by {_told(proof)}; it takes {ENOUGH}"


def _told(proof: Proof) -> str:
    return f"{len(proof.caught)} of its {len(proof.defects)} defects" if proof.defects else "no defect"


def summed_up(answer: SelftestAnswer) -> str:
    text = f"caught {answer.caught} of {answer.total}, false alarms {answer.false_alarms} in {rounds(answer)}"
    if answer.left:
        text += f", {answer.left} left to try"
    elif all(proof.is_proved for proof in answer.proofs):
        text += f", {_proved(answer.proofs)}"
    return f"{text}, trials of {minutes(answer.seconds)} in {minutes(answer.took_s)}"


def _proved(proofs: Sequence[Proof]) -> str:
    untried = [proof.check for proof in proofs if len(proof.caught) < ENOUGH]
    if not untried:
        return f"all {len(proofs)} checks proved"
    return f"{len(proofs) - len(untried)} of {len(proofs)} checks proved, {' and '.join(untried)} not on this stack"


def rounds(answer: SelftestAnswer) -> str:
    noun = "clean round" if answer.clean_rounds == 1 else "clean rounds"
    return f"{answer.clean_rounds} {noun} ({len(answer.clean)} runs)"


def minutes(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


def proved_by(proofs: Sequence[Proof]) -> str:
    """Each check with its defects, as the code has them."""
    return "\n".join(
        columns([(proof.check, f"proved by {len(proof.defects)}", ", ".join(proof.defects)) for proof in proofs])
    )


def markdown(answer: SelftestAnswer) -> str:
    """The same as two tables: of the defects, and of the checks."""
    lines = [
        f"**{answer.stack}**, the drills' times × {answer.scale:g}, seed {answer.seed}: {summed_up(answer)}.",
        "",
        "| defect | drill or probe | caught by | seconds |",
        "|---|---|---|---|",
        *(f"| `{one.name}` | `{one.drill}` | {_cell(_shown(one))} | {one.seconds:.0f} |" for one in answer.defects),
        *("" if index == 0 else f"- {text}" for index, text in enumerate(("", *_troubles(answer))) if index or text),
        "",
        "| check | defects caught | not applicable here |",
        "|---|---|---|",
        *(
            f"| `{proof.check}` | {len(proof.caught)} of {len(proof.defects)} | {len(proof.not_applicable) or ''} |"
            for proof in answer.proofs
        ),
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
