from chaos.asks.erasure import PATIENCE_S, VICTIM, begin, see_it_finished, slowly
from chaos.faults.kill import Kill
from harness.checks.observed import Observed
from harness.drill import Drill, Phase, Profile, fault
from harness.stack import Role

DRILL = Drill(
    title="An instance is killed in the middle of an erasure, and another one finishes it",
    timeline=(
        Phase(name="baseline", seconds=PATIENCE_S, ask=begin),
        fault(Kill(Role.APP, VICTIM), PATIENCE_S, ask=see_it_finished),
    ),
    on=slowly,
    expect=(
        Observed(of="traces-before", at_least=1, cases=3),
        Observed(of="state-when-killed", equals="requested"),
        Observed(of="left-when-killed", at_least=1),
        Observed(of="files-when-killed", equals=0),
        # It may wait 5 s for somebody to look, takes 3 s again, settles for 8 s, and is closed at the next look.
        Observed(of="seconds-to-finish", at_most=35),
        Observed(of="traces-in-database", equals=0),
        Observed(of="traces-in-cache", equals=0),
        Observed(of="traces-in-uploads", equals=0),
        Observed(of="traces-in-logs", equals=0),
        Observed(of="let-in-afterwards", equals=401),
        Observed(of="others-left", at_least=5),
    ),
    claims=("GDPR-ERASE",),
    needs=(Role.APP, Role.LB, Role.DB),
    profile=Profile.STANDARD,
)
