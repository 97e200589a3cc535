"""The words of choices and of whoever is meant, in both languages: short, since a screen has 160 characters."""

LABELS = {
    # home
    "deals": ("My deals", "Mikataba yangu"),
    "sell": ("Sell", "Uza"),
    "language": ("Kiswahili", "English"),
    "help": ("Help", "Msaada"),
    "continue": ("Continue {deal}?", "Endelea na {deal}?"),
    "continue_selling": ("Continue selling?", "Endelea kuuza?"),
    # what a deal waits for, or how it stands, beside its id
    "to_agree": ("agree?", "unakubali?"),
    "to_pay": ("pay", "lipa"),
    "to_deliver": ("deliver", "peleka"),
    "to_accept": ("accept?", "umepokea?"),
    "to_answer": ("problem", "mgogoro"),
    "waiting": ("waiting", "unangoja"),
    "locked": ("locked", "imefungwa"),
    "frozen": ("problem", "mgogoro"),
    "done": ("done", "umekamilika"),
    "off": ("off", "umefutwa"),
    # what a party can say
    "agree": ("Agree", "Nakubali"),
    "decline": ("Decline", "Nakataa"),
    "pay": ("Pay now", "Lipa sasa"),
    "payment": ("Payment status", "Hali ya malipo"),
    "money": ("Is my money there?", "Je, pesa ipo?"),
    "delivered": ("Delivered", "Nimeleta mzigo"),
    "all": ("All of it", "Mzigo wote"),
    "part": ("Only a part", "Sehemu tu"),
    "accept": ("Accept goods", "Nimepokea mzigo"),
    "problem": ("Problem", "Kuna shida"),
    "answer": ("My side", "Upande wangu"),
    "add": ("Say more", "Eleza zaidi"),
    "withdraw": ("Take problem back", "Ondoa mgogoro"),
    "cancel": ("Cancel deal", "Futa mkataba"),
    "yes": ("Yes", "Ndiyo"),
    "open": ("Yes, send to buyer", "Ndiyo, mtumie"),
    # reasons of a problem
    "not_delivered": ("Not delivered", "Mzigo haujafika"),
    "part_missing": ("Part is missing", "Mzigo pungufu"),
    "bad_quality": ("Bad quality", "Ubora mbaya"),
    "wrong_goods": ("Wrong goods", "Mzigo si huo"),
    "other": ("Other problem", "Shida nyingine"),
    # PIN
    "forgot": ("I forgot my PIN", "Nimesahau PIN"),
    "send_again": ("Send it again", "Tuma tena"),
    # people
    "buyer": ("buyer", "mnunuzi"),
    "seller": ("seller", "muuzaji"),
    # the way
    "more": ("98 More", "98 Zaidi"),
    "way": ("0 Back 00 Home", "0 Rudi 00 Mwanzo"),
    "exit": ("0 Exit", "0 Toka"),
}
"""Of each, English and Swahili."""


def label(name: str, language: str, **words: str) -> str:
    """These words in the language, in English where the language is not known."""
    english, swahili = LABELS[name]
    return (swahili if language == "sw" else english).format(**words)
