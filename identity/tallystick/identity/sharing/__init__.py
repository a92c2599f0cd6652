"""What an organisation lets others read: agreements, disclosures to outsiders, and remits given by a node."""

from tallystick.identity.sharing.bodies import (
    AcceptSharing,
    Disclose,
    EndSharing,
    GiveRemit,
    OfferSharing,
    Opened,
    Over,
    names_max,
)
from tallystick.identity.sharing.holding import (
    Given,
    Holding,
    changed_at,
    given_to,
    nothing,
    place_in,
)
from tallystick.identity.sharing.kinds import (
    accept_type,
    disclose_type,
    end_type,
    offer_type,
    register,
)
from tallystick.identity.sharing.views import (
    Agreement,
    Side,
    agreement,
    agreements,
    previewed,
    sharing_page_max,
)

__all__ = [
    "AcceptSharing",
    "Agreement",
    "Disclose",
    "EndSharing",
    "GiveRemit",
    "Given",
    "Holding",
    "OfferSharing",
    "Opened",
    "Over",
    "Side",
    "accept_type",
    "agreement",
    "agreements",
    "changed_at",
    "disclose_type",
    "end_type",
    "given_to",
    "names_max",
    "nothing",
    "offer_type",
    "place_in",
    "previewed",
    "register",
    "sharing_page_max",
]
