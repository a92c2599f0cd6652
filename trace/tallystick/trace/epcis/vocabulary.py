"""The words of the Core Business Vocabulary 2.0 and the spellings that mean the same.

A CBV word may be written bare (`shipping`), as a CURIE (`cbv:BizStep-shipping`), as the URN of earlier
versions (`urn:epcglobal:cbv:bizstep:shipping`) or as a Web URI. Each `Family` knows its words, folds all
four spellings to one, and refuses a spelling that claims to be of the family but is no word of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

cbv = "https://ref.gs1.org/cbv/"
gs1 = "https://gs1.org/voc/"

#: Prefixes that the EPCIS context itself declares.
standard_prefixes: Mapping[str, str] = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": cbv,
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": gs1,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}

_uri = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"\\^`\x00-\x1f\x7f]+")


def is_uri(text: str) -> bool:
    """Whether `text` is an absolute URI (RFC 3986) or IRI: a scheme and something behind it."""
    return _uri.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Words of one kind; `curie` and `web` are prefixed to a word, so is `urn` where there is one."""

    name: str
    words: frozenset[str]
    curie: str
    web: str
    urn: str = ""

    def word(self, text: str) -> str | None:
        """The bare word that `text` spells, None when it spells none of this family."""
        return _word(self, text)

    def normal(self, text: str) -> str:
        """The bare word, or the URI as it stands."""
        return self.word(text) or text

    def expanded(self, text: str) -> str:
        """The Web URI of a word in any spelling, or the text as it stands."""
        word = self.word(text)
        return text if word is None else self.web + word

    def fault(self, text: str) -> str | None:
        """Why `text` may not stand here, or None: a word, or an absolute URI of somebody's own."""
        if self.word(text) is not None:
            return None
        if any(text.startswith(prefix) for prefix in self._prefixes()) or not is_uri(text):
            return f"{text!r} is neither a {self.name} of CBV 2.0 nor an absolute URI of your own"
        return None

    def _prefixes(self) -> tuple[str, ...]:
        return _present(self.curie, self.web, self.urn)


@lru_cache(maxsize=4096)
def _word(family: Family, text: str) -> str | None:
    """Events spell the same few words again and again."""
    bare = next((text[len(p) :] for p in family._prefixes() if text.startswith(p)), text)
    return bare if bare in family.words else None


@lru_cache(maxsize=64)
def _present(*prefixes: str) -> tuple[str, ...]:
    return tuple(prefix for prefix in prefixes if prefix)


def _cbv(name: str, key: str, urn: str, words: str) -> Family:
    return Family(
        name,
        frozenset(words.split()),
        f"cbv:{key}-",
        f"{cbv}{key}-",
        f"urn:epcglobal:cbv:{urn}:" if urn else "",
    )


def _gs1(name: str, words: str) -> Family:
    return Family(name, frozenset(words.split()), "gs1:", gs1)


biz_steps = _cbv(
    "business step",
    "BizStep",
    "bizstep",
    """accepting arriving assembling collecting commissioning consigning creating_class_instance
    cycle_counting decommissioning departing destroying disassembling dispensing encoding
    entering_exiting holding inspecting installing killing loading other packing picking receiving
    removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting
    shipping staging_outbound stock_taking stocking storing transporting unloading unpacking
    void_shipping""",
)
dispositions = _cbv(
    "disposition",
    "Disp",
    "disp",
    """active available completeness_verified completeness_inferred conformant container_closed
    container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit
    inactive mismatch_instance mismatch_class mismatch_quantity needs_replacement no_pedigree_match
    non_conformant non_sellable_other partially_dispensed recalled reserved retail_sold returned
    sellable_accessible sellable_not_accessible stolen unavailable unknown""",
)
transactions = _cbv(
    "business transaction type",
    "BTT",
    "btt",
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt",
)
parties = _cbv("source or destination type", "SDT", "sdt", "owning_party possessing_party location")
reasons = _cbv("error reason", "ER", "er", "did_not_occur incorrect_data")
components = _cbv(
    "sensor component",
    "Comp",
    "",
    """x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting
    northing latitude longitude altitude""",
)
exceptions = _gs1("sensor exception", "ALARM_CONDITION ERROR_CONDITION")
measurements = _gs1(
    "measurement type",
    """AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Radioactivity Altitude
    AmountOfSubstance AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum
    AngularVelocity Area Capacitance Conductance Conductivity Count Density Dimensionless
    DoseEquivalent DoseEquivalentRate DynamicViscosity ElectricCharge ElectricCurrent
    ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency Illuminance
    Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux
    LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass
    MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy
    MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity RelativeHumidity Resistance
    Resistivity SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time
    Torque Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber""",
)
