"""What can be wrong with an application."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class ApplicationUnknown(TallystickError):
    code = "application-unknown"
    status = 404
    title = "There is no such application, or it is not yours to see"
    advice = "Open the whole address that you were given when you began, with what stands behind #."


class ApplicationMalformed(TallystickError):
    code = "application-malformed"
    status = 400
    title = "This cannot be said in an application in this form"
    advice = "Correct what is named."


class ApplicationsTooMany(TallystickError):
    code = "applications-too-many"
    status = 429
    title = "Too many applications were begun from here, or wait at this node"
    advice = "Go on with the one that you began, or try again tomorrow."


class ApplicationClosed(TallystickError):
    code = "application-closed"
    status = 409
    title = "The application is not in a state in which this can be done"
    advice = (
        "Look at it again: somebody has submitted, decided or withdrawn it, or its time is over."
    )


class ApplicationIncomplete(TallystickError):
    code = "application-incomplete"
    status = 409
    title = "Something is missing in the application"
    advice = "Add what is named, and submit it again."


class PaperRefused(TallystickError):
    code = "paper-refused"
    status = 400
    title = "This file cannot be taken as a paper"
    advice = "Send a PDF, JPEG or PNG within the limits, and say what it is; name the day on which it ends."


class NoNode(TallystickError):
    code = "no-node"
    status = 404
    title = "No node of this name takes applications here"
    advice = "`GET /v1/applications/terms` lists the nodes."


class NotYourApplications(TallystickError):
    code = "not-your-applications"
    status = 404
    title = "There are no applications here, or they are not yours to see"
    advice = "Log in as an officer of the node to which they were made."


class ProposalNotFitting(TallystickError):
    code = "proposal-not-fitting"
    status = 400
    title = "This entry does not propose what the application says"
    advice = "Draft it again from the application as it is now, and sign those bytes."
