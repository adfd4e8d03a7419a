from chaos.faults.fill import Fill
from chaos.small_disks import for_uploads
from harness.checks.answered import Answered
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.slo import slo
from harness.drill import Drill, Load, Profile, baseline, fault, recovery, warm_up
from harness.fault import one
from harness.stack import Role

DRILL = Drill(
    title="The disk of the uploads is full: they are refused, and all else goes on",
    loads=(Load(scenario="browse", rate=40), Load(scenario="upload", rate=4)),
    timeline=(warm_up(2), baseline(5), fault(Fill(Role.APP, one, path="/data/uploads"), 7), recovery(5)),
    on=for_uploads,
    expect=(
        slo("http.p95 < 2s", during=("baseline", "fault", "recovery")),
        slo("http.errors < 1%", during=("baseline", "recovery")),
        Answered(request="POST /uploads", statuses=(507,), phase="fault", after=1),
        Answered(request="POST /posts", statuses=(201,), phase="fault"),
        Answered(request="GET /feed", statuses=(200,), phase="fault"),
        Answered(request="POST /uploads", statuses=(201,), phase="recovery"),
        NoWriteLost(),
    ),
    needs=(Role.APP, Role.LB),
    profile=Profile.STANDARD,
)
