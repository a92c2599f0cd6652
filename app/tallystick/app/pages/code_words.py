"""Plain words for parts of GS1 codes and kinds of links. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.words import message

#: What an application identifier stands for: keys, qualifiers, and what packs often say.
identifiers: Mapping[str, str] = {
    "00": message("Logistic unit (SSCC)"),
    "01": message("Product (GTIN)"),
    "10": message("Lot"),
    "11": message("Production date"),
    "13": message("Packaging date"),
    "15": message("Best before"),
    "17": message("Use by"),
    "21": message("Serial number"),
    "22": message("Variant"),
    "235": message("Serial number of a third party"),
    "253": message("Document (GDTI)"),
    "254": message("Place within"),
    "255": message("Coupon (GCN)"),
    "401": message("Consignment (GINC)"),
    "402": message("Shipment (GSIN)"),
    "414": message("Location (GLN)"),
    "415": message("Who is to be paid (GLN)"),
    "417": message("Party (GLN)"),
    "7040": message("Index of the importer"),
    "8003": message("Returnable asset (GRAI)"),
    "8004": message("Individual asset (GIAI)"),
    "8006": message("Piece of a product (ITIP)"),
    "8010": message("Component or part (CPID)"),
    "8011": message("Serial number of the part"),
    "8013": message("Model (GMN)"),
    "8017": message("Provider of a service (GSRN)"),
    "8018": message("Recipient of a service (GSRN)"),
    "8019": message("Service instance"),
    "8020": message("Payment slip"),
}
other_identifier = message("Other data")

#: Types of links of the GS1 Web Vocabulary.
link_types: Mapping[str, str] = {
    "pip": message("Product information"),
    "traceability": message("Traceability"),
    "certificationInfo": message("Certificates"),
    "recallStatus": message("Recalls"),
    "safetyInfo": message("Safety"),
    "sustainabilityInfo": message("Sustainability"),
    "productSustainabilityInfo": message("Sustainability"),
    "dpp": message("Digital product passport"),
    "epcis": message("Events for trade partners (EPCIS)"),
    "masterData": message("Master data"),
    "verificationService": message("Verification"),
    "instructions": message("Instructions"),
    "handledBy": message("Another resolver"),
    "homepage": message("Home page"),
    "hasRetailers": message("Where to buy"),
    "support": message("Support"),
    "registerProduct": message("Registration of the product"),
    "serviceInfo": message("Service"),
    "locationInfo": message("About the place"),
    "paymentLink": message("Payment"),
    "promotion": message("Offers"),
    "quickStartGuide": message("First steps"),
    "tutorial": message("Tutorial"),
    "userAgreement": message("Terms of use"),
    "consumerHandlingStorageInfo": message("Storage and handling"),
    "ingredientsInfo": message("Ingredients"),
    "nutritionalInfo": message("Nutrition"),
    "allergenInfo": message("Allergens"),
    "recipeInfo": message("Recipes"),
    "review": message("Reviews"),
    "leaveReview": message("Write a review"),
    "jws": message("Signed statement"),
    "smartLabel": message("Label with more data"),
    "brandHomepageClinical": message("The brand, for clinics"),
    "brandHomepagePatient": message("The brand, for patients"),
    "purchaseSuppliesOrAccessories": message("Supplies and accessories"),
    "scheduleTime": message("Appointments"),
}

#: (tone, line, advice) of the page.
verdicts: Mapping[str, tuple[str, str, str]] = {
    "all": (
        "note",
        message("Where this code leads"),
        message("These links stand in signed records of this log. What is behind them is their owners' word."),
    ),
    "choice": (
        "note",
        message("This code leads to several places"),
        message("Nothing in your request tells them apart. Choose one."),
    ),
    "type-missing": (
        "note",
        message("There is no such link for this code"),
        message("This is what there is."),
    ),
    "unknown": (
        "bad",
        message("No record here has this code"),
        message("The code is well-formed, but no record that you may see is registered under it, nor under the kind of product that it is of."),
    ),
}  # fmt: skip
