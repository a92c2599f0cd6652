"""Why a text is no GS1 Digital Link, each reason under a name of its own."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class LinkRefused(TallystickError):
    code = "digital-link-refused"
    status = 400
    title = "This is not a valid GS1 Digital Link"
    advice = "`tallystick link check` names what is wrong; docs/reference/digital-link.md lists every key."


class LinkNotAnAddress(LinkRefused):
    code = "digital-link-not-an-address"
    title = "A GS1 Digital Link is an http or https address with a host and no user name"


class LinkTooLong(LinkRefused):
    code = "digital-link-too-long"
    title = "This is longer than any GS1 Digital Link that is read here"


class LinkEncodingWrong(LinkRefused):
    code = "digital-link-encoding-wrong"
    title = "This is not percent-encoded as addresses are"
    advice = "Encode every character of a value that is no letter, digit, `-`, `.` or `_` as `%` and two hexadecimal digits."


class LinkWithoutKey(LinkRefused):
    code = "digital-link-without-key"
    title = "No primary key of GS1 stands in the path"
    advice = "The path ends in pairs of an application identifier and its value, the first of them a primary key."


class LinkShortName(LinkRefused):
    code = "digital-link-short-name"
    title = "Alphabetic names in the place of application identifiers are no longer allowed"
    advice = "Write the number: /01/ for /gtin/, /10/ for /lot/, /21/ for /ser/."


class LinkUnpaired(LinkRefused):
    code = "digital-link-unpaired"
    title = "An application identifier in the path has no value"


class LinkValueWrong(LinkRefused):
    code = "digital-link-value-wrong"
    title = "A value is not in the form of its application identifier"


class LinkCheckDigitWrong(LinkRefused):
    code = "digital-link-check-digit-wrong"
    title = "The check digit or check characters of a key are wrong"
    advice = "Read the code again; one digit differs, or two are exchanged."


class LinkQualifierForeign(LinkRefused):
    code = "digital-link-qualifier-foreign"
    title = "This application identifier does not qualify this key"
    advice = "What does not qualify the key is a data attribute, and stands in the query."


class LinkQualifierOrder(LinkRefused):
    code = "digital-link-qualifier-order"
    title = "The qualifiers of a key stand in a fixed order, each at most once"


class LinkQualifiersExclusive(LinkRefused):
    code = "digital-link-qualifiers-exclusive"
    title = "These qualifiers of one key exclude each other"


class LinkQualifierMissing(LinkRefused):
    code = "digital-link-qualifier-missing"
    title = "This key is complete only with its qualifier"


class LinkAttributeUnknown(LinkRefused):
    code = "digital-link-attribute-unknown"
    title = "A number in the query is no application identifier"
    advice = "Names of other parameters hold at least one character that is no digit."


class LinkAttributeMisplaced(LinkRefused):
    code = "digital-link-attribute-misplaced"
    title = "A key or its qualifier stands in the path, not in the query"


class LinkAttributeTwice(LinkRefused):
    code = "digital-link-attribute-twice"
    title = "A data attribute stands in the query more than once"


class LinkAttributeForeign(LinkRefused):
    code = "digital-link-attribute-foreign"
    title = "This application identifier stands in no Digital Link"
    advice = "It is for symbols in element strings, or qualifies another key than this one."


class LinkAttributesExclusive(LinkRefused):
    code = "digital-link-attributes-exclusive"
    title = "These application identifiers exclude each other"
    advice = "The GS1 General Specifications say which of the two belongs to this key."


class LinkAttributeAlone(LinkRefused):
    code = "digital-link-attribute-alone"
    title = "An application identifier stands without the one that it needs"
    advice = "Add what it needs. A link that is only read may lack it, since another symbol on the thing may say it."


class LinkNotCompressed(LinkRefused):
    code = "digital-link-not-compressed"
    title = "This is no compressed GS1 Digital Link"
    advice = "Compare it with the symbol sign by sign: capital and small letters differ, and each counts."


class LinkNotCompressible(LinkRefused):
    code = "digital-link-not-compressible"
    title = "This Digital Link cannot be compressed"
    advice = "Print it as it is, or leave out what the message names."


class LinkNotAnEpc(LinkRefused):
    code = "digital-link-not-an-epc"
    title = "This is no EPC URN of a GS1 key"
    advice = "It reads `urn:epc:id:sgtin:<company prefix>.<reference>.<serial>`; other schemes have parts of their own."


class LinkWithoutEpc(LinkRefused):
    code = "digital-link-without-epc"
    title = "No EPC URN says this key, or not with a company prefix of this length"
    advice = "Company prefixes have 6 to 12 digits; a variant, an importer's index, a model and a payment slip have no EPC."
