// A phone's M-Pesa: balance, payment by hand, what moved.

import { made, part, say } from "./dom.js";
import { moved } from "./story.js";
import { moment, money } from "./words.js";

const REFERENCE = /\b(?:account|akaunti)(?: number)?:? ([0-9A-Z]{6,20})\b/i;

export class Wallet {
    #root;
    #calls;
    #look;
    #clock;
    #receipts = "";

    constructor(root, { label, calls, look, clock }) {
        [this.#root, this.#calls, this.#look, this.#clock] = [root, calls, look, clock];
        part(root, "history").setAttribute("aria-label", `Money in and out, ${label}`);
        part(root, "balance-form").addEventListener("submit", (event) => this.#set(event));
        part(root, "pay-form").addEventListener("submit", (event) => this.#pay(event));
    }

    show(phone) {
        const endless = phone.bottomless && phone.balance === 0;
        const balance = endless ? "No limit" : money(phone.balance);
        say(part(this.#root, "balance"), balance);
        say(part(this.#root, "balance-large"), balance);
        const note = "No balance was ever set: this phone pays any amount.";
        say(part(this.#root, "balance-note"), phone.bottomless ? note : "");
        this.#suggest(phone);
        this.#tell(phone);
    }

    /** The account number that a prompt or a text last named stands in the field until somebody types another. */
    #suggest(phone) {
        const named = phone.messages.map((one) => one.text.match(REFERENCE)?.[1]).findLast(Boolean);
        part(this.#root, "pay-reference").defaultValue = phone.prompts.at(-1)?.account_reference ?? named ?? "";
    }

    #tell(phone) {
        const receipts = phone.movements.map((one) => one.receipt).join();
        if (receipts === this.#receipts) {
            return;
        }
        this.#receipts = receipts;
        const lines = phone.movements.toReversed().map((one) => this.#line(one, phone.msisdn));
        part(this.#root, "history").replaceChildren(...lines);
        part(this.#root, "history-empty").hidden = lines.length > 0;
    }

    #line(movement, msisdn) {
        const out = movement.from === msisdn;
        const sum = made("span", { class: `sum ${out ? "out" : "in"}` }, `${out ? "−" : "+"} ${money(movement.amount)}`);
        const when = `${moment(new Date(movement.at), this.#clock())} · ${movement.receipt}`;
        return made("li", {}, made("span", { class: "what" }, moved(movement, msisdn)), sum, made("span", { class: "when" }, when));
    }

    async #set(event) {
        event.preventDefault();
        const form = event.currentTarget;
        await this.#doing(async () => {
            await this.#calls.setBalance(form.elements.balance.valueAsNumber);
            form.closest("details").open = false;
            form.reset();
            return "The balance is set.";
        });
    }

    async #pay(event) {
        event.preventDefault();
        const { amount, reference } = event.currentTarget.elements;
        await this.#doing(async () => {
            const { result, code, receipt } = await this.#calls.payBill(amount.valueAsNumber, reference.value.trim());
            return result === "accepted" ? `Paid. Receipt ${receipt}.` : `M-Pesa refused it (${code}). Nothing has moved.`;
        });
    }

    /** Does it, and says what came of it. */
    async #doing(act) {
        const told = part(this.#root, "money-told");
        say(told, "Sending…");
        try {
            say(told, await act());
        } catch (refused) {
            say(told, refused.message);
        }
        await this.#look();
    }
}
