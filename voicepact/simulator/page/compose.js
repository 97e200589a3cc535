// Writing a text: the box, and answers that one tap sends.

import { complain, made, part } from "./dom.js";
import { isCode, repliesTo } from "./replies.js";

export class Compose {
    #root;
    #send;
    #dial;
    #shown = "";

    /** `send(text)` and `dial(code)` do what a reply asks for; they throw what can be shown. */
    constructor(root, { label, send, dial }) {
        [this.#root, this.#send, this.#dial] = [root, send, dial];
        part(root, "text").setAttribute("aria-label", `Text message, ${label}`);
        part(root, "replies").setAttribute("aria-label", `Answers, ${label}`);
        part(root, "compose").addEventListener("submit", (event) => this.#submit(event));
    }

    show(story) {
        const replies = repliesTo(story);
        if (replies.join() === this.#shown) {
            return;
        }
        this.#shown = replies.join();
        part(this.#root, "replies").replaceChildren(...replies.map((reply) => this.#chip(reply)));
    }

    #chip(reply) {
        const words = isCode(reply) ? `Dial ${reply}` : reply;
        const chip = made("button", { type: "button", class: "chip" }, words);
        chip.addEventListener("click", () => this.#tap(chip, reply));
        return chip;
    }

    async #tap(chip, reply) {
        chip.disabled = true;
        await this.#try(() => (isCode(reply) ? this.#dial(reply) : this.#send(reply)));
        chip.disabled = false;
        part(this.#root, "thread").focus({ preventScroll: true });
    }

    async #submit(event) {
        event.preventDefault();
        const field = part(this.#root, "text");
        const text = field.value.trim();
        if (text && (await this.#try(() => this.#send(text)))) {
            field.value = "";
        }
    }

    /** Whether it could be done; if not, the box says why. */
    async #try(act) {
        try {
            await act();
            complain(part(this.#root, "compose-wrong"), "");
            return true;
        } catch (refused) {
            complain(part(this.#root, "compose-wrong"), refused.message);
            return false;
        }
    }
}
