// Writing a text: the box, and answers that one tap sends.

import { complain, made, part } from "./dom.js";
import { dialling, repliesTo } from "./replies.js";

const LABELS = { send: (text) => text, write: (text) => `${text} …`, dial: (code) => `Dial ${code}` };

export class Compose {
    #root;
    #serviceCode;
    #send;
    #dial;
    #shown = "";

    /** `send(text)` and `dial(code)` do what a reply asks for; they throw what can be shown. */
    constructor(root, { label, serviceCode, send, dial }) {
        [this.#root, this.#serviceCode, this.#send, this.#dial] = [root, serviceCode, send, dial];
        part(root, "text").setAttribute("aria-label", `Text message, ${label}`);
        part(root, "replies").setAttribute("aria-label", `Answers, ${label}`);
        part(root, "text").addEventListener("keydown", (event) => this.#key(event));
        part(root, "compose").addEventListener("submit", (event) => this.#submit(event));
    }

    /** The answers stand above the box; a phone on which nothing has happened yet is told where to begin. */
    show(story) {
        const replies = story.length ? repliesTo(story) : [dialling(this.#serviceCode)];
        const shown = replies.map((reply) => reply.act + reply.text).join();
        if (shown !== this.#shown) {
            this.#shown = shown;
            part(this.#root, "replies").replaceChildren(...replies.map((reply) => this.#chip(reply)));
        }
    }

    #chip({ text, act }) {
        const chip = made("button", { type: "button", class: "chip" }, LABELS[act](text));
        chip.addEventListener("click", () => (act === "write" ? this.#begin(text) : this.#tap(chip, text, act)));
        return chip;
    }

    /** The answer stands in the box and waits for words of one's own. */
    #begin(text) {
        const field = part(this.#root, "text");
        field.value = `${text} `;
        field.focus();
    }

    async #tap(chip, text, act) {
        chip.disabled = true;
        await this.#try(() => (act === "dial" ? this.#dial(text) : this.#send(text)));
        chip.disabled = false;
        part(this.#root, "thread").focus({ preventScroll: true });
    }

    /** Enter sends, as the button does. */
    #key(event) {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            event.currentTarget.form.requestSubmit();
        }
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
