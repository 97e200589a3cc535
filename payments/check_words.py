"""What the public page of a check says, in both languages."""

from dataclasses import dataclass

from payments.proof import Place


@dataclass(frozen=True, slots=True)
class Words:
    """One language: `places` say where the money is, the others what stands around that."""

    locked: str
    not_locked: str
    places: dict[Place, str]
    disputed: str
    locked_amount: str
    deal_amount: str
    deal: str
    now: str
    code: str
    genuine: str
    no_proof: str
    address: str
    title: str
    ask: str
    its_code: str
    button: str
    another: str
    unknown_title: str
    unknown: str
    unknown_why: str
    busy_title: str
    busy: str
    other_language: str
    months: tuple[str, ...]


KEEP_EN = "Do not hand over the goods."
KEEP_SW = "Usitoe mzigo."
WORDS: dict[str, Words] = {
    "en": Words(
        locked="LOCKED",
        not_locked="NOT LOCKED",
        places={
            Place.AWAITED: f"The buyer's money is not all in. {KEEP_EN}",
            Place.CHECKING: f"We are still checking the payment. {KEEP_EN[:-1]} yet.",
            Place.LOCKED: "We hold the money. The seller is paid once both sides have confirmed the delivery.",
            Place.PAYING: "The deal is done, and its money is being paid out.",
            Place.PAID: "The seller has been paid. We hold no money for this deal any more.",
            Place.RETURNING: f"The deal is off. The money is on its way back to whoever paid. {KEEP_EN}",
            Place.RETURNED: f"The money has gone back to whoever paid. {KEEP_EN}",
            Place.OFF: f"The deal is off, and no money came in. {KEEP_EN}",
        },
        disputed="A dispute is open. Nobody is paid until it is settled. Hand over no more goods.",
        locked_amount="Locked",
        deal_amount="The deal is about",
        deal="Deal",
        now="Now, in Nairobi",
        code="Code",
        genuine="is ours, made on",
        no_proof="A message of M-Pesa on somebody's phone is no proof. What this page says now is.",
        address="Believe it only where the address of the page begins with",
        title="Is the money there?",
        ask="Type what our SMS says, and see whether the buyer's money is locked with us.",
        its_code="Check code",
        button="Check",
        another="Check another",
        unknown_title="This is not from us",
        unknown=f"We have given no such code for such a deal. {KEEP_EN}",
        unknown_why="Perhaps a letter is wrong: type both once more as our SMS has them.",
        busy_title="Too often",
        busy="You have looked very often. Wait a minute and look again.",
        other_language="Kiswahili",
        months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ),
    "sw": Words(
        locked="IMEFUNGWA",
        not_locked="HAIJAFUNGWA",
        places={
            Place.AWAITED: f"Pesa ya mnunuzi haijaingia yote. {KEEP_SW}",
            Place.CHECKING: "Bado tunahakikisha malipo. Usitoe mzigo bado.",
            Place.LOCKED: "Tunashika pesa. Muuzaji analipwa pande zote zikithibitisha mzigo umefika.",
            Place.PAYING: "Mkataba umekamilika, na pesa yake inalipwa.",
            Place.PAID: "Muuzaji amelipwa. Hatushiki tena pesa ya mkataba huu.",
            Place.RETURNING: f"Mkataba umefutwa. Pesa iko njiani kurudi kwa aliyelipa. {KEEP_SW}",
            Place.RETURNED: f"Pesa imerudi kwa aliyelipa. {KEEP_SW}",
            Place.OFF: f"Mkataba umeisha, na hakuna pesa iliyoingia. {KEEP_SW}",
        },
        disputed="Kuna mgogoro. Hakuna atakayelipwa hadi utatuliwe. Usitoe mzigo zaidi.",
        locked_amount="Zimefungwa",
        deal_amount="Mkataba ni wa",
        deal="Mkataba",
        now="Sasa hivi, saa za Nairobi",
        code="Msimbo",
        genuine="ni wetu, ulitolewa",
        no_proof="Ujumbe wa M-Pesa kwenye simu ya mtu si uthibitisho. Amini kinachosemwa hapa sasa.",
        address="Amini tu kama anwani ya ukurasa inaanza na",
        title="Je, pesa ipo?",
        ask="Andika kama ilivyo kwenye SMS yetu, uone kama pesa ya mnunuzi imefungwa kwetu.",
        its_code="Msimbo",
        button="Hakiki",
        another="Hakiki nyingine",
        unknown_title="Hii haikutoka kwetu",
        unknown=f"Hatujatoa msimbo huo kwa mkataba huo. {KEEP_SW}",
        unknown_why="Labda kuna herufi iliyokosewa: andika zote tena kama zilivyo kwenye SMS yetu.",
        busy_title="Mara nyingi mno",
        busy="Umeangalia mara nyingi sana. Subiri dakika moja, kisha angalia tena.",
        other_language="English",
        months=("Jan", "Feb", "Mac", "Apr", "Mei", "Jun", "Jul", "Ago", "Sep", "Okt", "Nov", "Des"),
    ),
}
