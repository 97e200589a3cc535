// The answers that the texts themselves ask for, deal by deal: those of a deal's newest text count.

const ID = "[A-Z]{2}-\\d{4}-\\d{6,}";
const DEAL = new RegExp(`(?<![A-Z])${ID}`, "g");
const WITH_WORDS = " (?:and|na) (?:why|the reason|your words|how many|sababu|maneno|idadi)";
const A_PART = `(?<=(?:DELIVERED|NIMELETA)-${ID}) [\\d.,]+ \\S.*$`;
const A_CODE = " \\d{4,8}\\b";
const COMMAND = new RegExp(
    `(?<![\\w-])(?!TXN-)(?<text>[A-Z]{2,12}-(?<deal>${ID})(?![\\w-])(?:${A_PART}|${A_CODE})?)(?<open>${WITH_WORDS})?`,
    "g",
);
const WORD = /(?<=\b(?:[Rr]eply|[Ss]end|[Jj]ibu|[Tt]uma) )[A-Z]{2,12}(?: (?:EN|SW))?(?![\w-])/g;
const CODE = /\*\d{2,}(?:\*\d+)*#/g;

const PAYING = /^(?:PAY|LIPA)-/;
const WITHDRAWING = /^(?:WITHDRAW|ONDOA)-/;
const ADDING = /^\W*(?:DISPUTE|MGOGORO|STATUS|HALI|STATEMENT|TAARIFA)\b/i;

const NO_DEAL = "";
const MOST = 4;

/** Answers `{text, act}`, the latest first; `act` is "send", "write" (words of one's own follow) or "dial". */
export function repliesTo(story) {
    const offers = new Offers();
    for (const entry of story) {
        if (entry.kind === "in") {
            offers.hear(entry.text);
        } else if (entry.kind === "out") {
            offers.answer(entry.text);
        } else if (entry.isPaid) {
            offers.pay();
        }
    }
    return offers.latest(MOST);
}

export function dialling(code) {
    return { text: code, act: "dial" };
}

class Offers {
    #byDeal = new Map();
    #added = new Set();

    /** A text has come: what it quotes takes the place of what an earlier one quoted for the same deals. */
    hear(text) {
        const quoted = [...text.matchAll(COMMAND)].map(({ groups }) => groups);
        for (const deal of dealsIn(text)) {
            const own = quoted.filter((command) => command.deal === deal);
            this.#set(deal, [...own.map(sending), ...this.#withdrawal(deal, own)]);
            this.#added.delete(deal);
        }
        const words = (text.match(WORD) ?? []).map((word) => ({ text: word, act: "send" }));
        this.#set(NO_DEAL, [...words, ...(text.match(CODE) ?? []).map(dialling)]);
    }

    /** The phone has written, and moved its deal on: but for a question, and for words that it adds to a dispute. */
    answer(text) {
        this.#byDeal.delete(NO_DEAL);
        for (const deal of dealsIn(text)) {
            if (ADDING.test(text)) {
                this.#added.add(deal);
            } else {
                this.#byDeal.delete(deal);
            }
        }
    }

    /** Money has left the phone: nobody is told to pay again, before a text says so. */
    pay() {
        for (const [deal, replies] of this.#byDeal) {
            this.#byDeal.set(deal, replies.filter((reply) => !PAYING.test(reply.text)));
        }
    }

    latest(most) {
        const replies = [...this.#byDeal.values()].toReversed().flat();
        const unique = new Map(replies.map((reply) => [reply.act + reply.text, reply]));
        return [...unique.values()].slice(0, most);
    }

    #set(deal, replies) {
        this.#byDeal.delete(deal);
        this.#byDeal.set(deal, replies);
    }

    /** A dispute can still be taken back after a text that only asks for more words, or thanks for them. */
    #withdrawal(deal, quoted) {
        const isStillOpen = quoted.length ? quoted.every((command) => command.open) : this.#added.has(deal);
        return isStillOpen ? (this.#byDeal.get(deal) ?? []).filter((reply) => WITHDRAWING.test(reply.text)) : [];
    }
}

function dealsIn(text) {
    return new Set(text.toUpperCase().match(DEAL));
}

function sending({ text, open }) {
    return { text, act: open ? "write" : "send" };
}
