// M-Pesa's prompt: a card over the screen that waits for a PIN.

import { runOut } from "./countdown.js";
import { copyOf, part, say } from "./dom.js";
import { fillWithKeys } from "./keypad.js";
import { money } from "./words.js";

const KEYS = [..."1234567890", "⌫"];
const HURRIED_S = 10;
let made = 0;

export class PromptCard {
    #root;
    #screen;
    #tabs;
    #label;
    #answer;
    #card = null;
    #id = null;
    #until = null;

    /** `answer(id, action)` tells the network; it throws what can be shown. */
    constructor(root, { label, answer }) {
        [this.#root, this.#screen, this.#tabs] = [part(root, "prompt"), part(root, "screen"), part(root, "tabs")];
        [this.#label, this.#answer] = [label, answer];
    }

    /**
     * The open prompt, if there is one, lies over the screen, and nothing below it can be reached. Returns whether
     * it has just come.
     *
     * The focus follows only where it was on this phone: nobody who writes on another one is interrupted.
     */
    show(prompts) {
        const open = prompts.find((prompt) => prompt.status === "open");
        if ((open?.id ?? null) === this.#id) {
            return false;
        }
        const hadFocus = [this.#root, this.#screen, this.#tabs].some((one) => one.contains(document.activeElement));
        [this.#id, this.#until] = [open?.id ?? null, open?.expires_at];
        this.#card = open ? this.#made(open) : null;
        this.#root.replaceChildren(...(this.#card ? [this.#card] : []));
        this.#screen.inert = this.#tabs.inert = Boolean(open);
        this.#root.hidden = !open;
        if (hadFocus) {
            (open ? part(this.#card, "pin") : this.#behind()).focus({ preventScroll: true });
        }
        return Boolean(open);
    }

    /** Called each second: how long M-Pesa still waits. */
    tick(now) {
        if (this.#card) {
            const seconds = runOut(part(this.#card, "left"), this.#until, now);
            say(part(this.#card, "wait"), seconds ? `M-Pesa waits ${seconds} s for your PIN.` : "M-Pesa has stopped waiting.");
            this.#card.classList.toggle("hurried", seconds <= HURRIED_S);
        }
    }

    /** Where somebody goes on after a prompt: at the messages, or else at the side of the phone that is open. */
    #behind() {
        const thread = part(this.#screen, "thread");
        return thread.checkVisibility() ? thread : this.#tabs.querySelector("[aria-selected=true]");
    }

    #made(prompt) {
        const card = copyOf("prompt-template");
        const words = part(card, "words");
        made += 1;
        words.id = `prompt-${made}`;
        card.setAttribute("aria-label", `M-Pesa prompt, ${this.#label}`);
        card.setAttribute("aria-describedby", words.id);
        say(words, `Pay ${money(prompt.amount)} to VoicePact, account ${prompt.account_reference}?`);
        part(card, "left").max = (Date.parse(prompt.expires_at) - Date.parse(prompt.at)) / 1000;
        fillWithKeys(part(card, "keys"), KEYS, part(card, "pin"));
        card.addEventListener("submit", (event) => this.#pay(event, prompt.id));
        for (const button of card.querySelectorAll("[data-act]")) {
            button.addEventListener("click", () => this.#act(prompt.id, button.dataset.act));
        }
        return card;
    }

    #pay(event, id) {
        event.preventDefault();
        const pin = part(this.#card, "pin");
        if (/^\d{4}$/.test(pin.value)) {
            this.#act(id, "approve");
        } else {
            say(part(this.#card, "note"), "A PIN has four digits.");
            pin.focus();
        }
    }

    async #act(id, action) {
        const buttons = this.#card.querySelectorAll("button");
        buttons.forEach((button) => (button.disabled = true));
        say(part(this.#card, "note"), "Sending…");
        try {
            await this.#answer(id, action);
        } catch (refused) {
            if (this.#id === id) {
                say(part(this.#card, "note"), refused.message);
                buttons.forEach((button) => (button.disabled = false));
            }
        }
    }
}
