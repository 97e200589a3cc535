// What somebody reads who comes before anybody has used a phone.

import { pairOf, recentPhones } from "./adding.js";
import { part, say } from "./dom.js";
import { spoken } from "./words.js";

const EACH_MS = 3000;

export class Hint {
    #shelf;
    #timer = 0;

    constructor(shelf) {
        this.#shelf = shelf;
        part(document, "latest").addEventListener("click", () => this.#showLatest());
    }

    /** The hint stands as long as no phone on the page has a story. */
    show(states) {
        const isEmpty = states.length > 0 && states.every(hasNoStory);
        part(document, "hint").hidden = !isEmpty;
        clearInterval(this.#timer);
        if (isEmpty) {
            say(part(document, "hint-buyer"), spoken(states[0].msisdn));
            this.#timer = setInterval(() => this.#offer(), EACH_MS);
            this.#offer();
        }
    }

    async #showLatest() {
        const recent = await recentPhones().catch(() => []);
        if (recent.length) {
            this.#shelf.set(pairOf(recent));
        }
    }

    async #offer() {
        if (!document.hidden) {
            const recent = await recentPhones().catch(() => []);
            part(document, "latest").hidden = recent.every((one) => this.#shelf.msisdns.includes(one.msisdn));
        }
    }
}

function hasNoStory(phone) {
    return ![phone.messages, phone.sent, phone.prompts, phone.movements].some((list) => list.length);
}
