"""timeline.png: the timeline as a picture that stands alone, in a chat or a ticket."""

from harness.finding import VerdictDocument
from harness.run import Run
from reports import timeline
from reports.headline import drill_title, why
from reports.images import png
from reports.limits import latency_limits
from reports.series import traffic
from reports.story import tell


def picture(run: Run, verdict: VerdictDocument) -> bytes:
    story = tell(run)
    heading = (f"{verdict.verdict.upper()}: {drill_title(run)}", why(run, verdict))
    return png(
        timeline.draw(story, traffic(run, story), latency_limits(verdict, story), timeline.PICTURE_SIZE, heading)
    )
