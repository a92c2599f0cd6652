"""A supplier hands its node a paper that names a person: restricted, sealed at rest, and nowhere else in the clear."""

from __future__ import annotations

from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage
from tallystick.identity import HandPapers, Paper
from tallystick.ledger import Attachment, reference_to

firm = cast.suppliers[0]
#: Looked for byte by byte in everything that the demo writes and answers.
canary = "restricted-paper-13800001234"
text = (
    f"演示：营业执照，法定代表人电话 · Demo: a business licence with a telephone number\n{canary}\n"
)


def hand_paper(stage: Stage) -> tuple[int, str]:
    """The index of the entry, and the attachment's hash."""
    paper = Attachment("text/plain", text.encode(), stage.random(32), "restricted")
    licence = Paper(kind="business-licence", document=reference_to(paper), ends="2030-12-31")
    body = HandPapers(organisation=firm.handle, papers=(licence,))
    author = stage.author(firm.administrator)
    said = author.write("identity.papers.hand/1", body, attachments=[paper])
    return stage.append([said])[0].index, paper.hash()
