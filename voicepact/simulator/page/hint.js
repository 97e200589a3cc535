// What somebody reads who comes before anybody has used a phone.

import { pairOf, recentPhones } from "./adding.js";
import { part } from "./dom.js";

const EACH_MS = 3000;

export class Hint {
    #shelf;
    #timer = 0;

    constructor(shelf) {
        this.#shelf = shelf;
        part(document, "latest").addEventListener("click", async () => shelf.set(pairOf(await recentPhones())));
    }

    /** The hint stands as long as no phone on the page has a story. */
    show(states) {
        const isEmpty = states.length > 0 && states.every(hasNoStory);
        part(document, "hint").hidden = !isEmpty;
        clearInterval(this.#timer);
        if (isEmpty) {
            this.#timer = setInterval(() => this.#offer(), EACH_MS);
            this.#offer();
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
