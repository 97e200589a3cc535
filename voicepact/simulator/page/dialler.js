// The dialler, and the USSD session that it leads to.

import { runOut } from "./countdown.js";
import { part, say } from "./dom.js";
import { fillWithKeys, press } from "./keypad.js";

const KEYS = [..."123456789", "*", "0", "#"];
const ENDED = {
    Success: "The session has ended.",
    Incomplete: "The network has ended the session: nothing was put in for too long.",
    Failed: "The session broke off: the service did not answer.",
};

export class Dialler {
    #parts;
    #serviceCode;
    #calls;
    #look;
    #session = null;
    #seen = null;
    #left = null;
    #busy = false;
    #wrong = "";

    /** `calls` are the phone's control calls; `look` brings the newest state of the phone. */
    constructor(root, { label, serviceCode, calls, look }) {
        const names = ["screen", "note", "left", "input", "erase", "keys", "cancel", "send", "form"];
        this.#parts = Object.fromEntries(names.map((name) => [name, part(root, `ussd-${name}`)]));
        [this.#serviceCode, this.#calls, this.#look] = [serviceCode, calls, look];
        const { input, erase, keys, form, cancel } = this.#parts;
        input.setAttribute("aria-label", `Number to dial or answer, ${label}`);
        fillWithKeys(keys, KEYS, input);
        erase.addEventListener("click", () => press("⌫", input));
        form.addEventListener("submit", (event) => this.#submit(event));
        cancel.addEventListener("click", () => this.#cancel());
        this.#draw();
    }

    /**
     * `session` is the phone's latest, which may be over: only one that was seen to run stays on the screen, and none
     * that was left here, however late the news comes that it was still running.
     */
    show(session) {
        this.#session = session;
        if (session && !session.ending && session.session !== this.#left) {
            this.#seen = session.session;
        }
        this.#draw();
    }

    /** Called each second: how long the network still waits. */
    tick(now) {
        const { left, note } = this.#parts;
        const until = this.#isOpen() && this.#session.silent_at;
        left.hidden = !until;
        if (until) {
            say(note, `The network waits ${runOut(left, until, now)} s for an answer.`);
        }
    }

    /** The code is dialled, as if it had been typed. */
    async dial(code) {
        const own = this.#serviceCode.slice(0, -1);
        const direct = code.slice(own.length, -1);
        if (!code.startsWith(own) || !code.endsWith("#") || (direct && !direct.startsWith("*"))) {
            this.#wrong = `Connection problem or invalid code. The service is ${this.#serviceCode}.`;
            return this.#draw();
        }
        await this.#turn(crypto.randomUUID?.() ?? String(Math.random()), direct.slice(1));
    }

    #isOpen() {
        return Boolean(this.#session && !this.#session.ending && this.#session.screen);
    }

    async #submit(event) {
        event.preventDefault();
        const typed = this.#parts.input.value.trim();
        if (this.#busy || (!typed && this.#isOpen())) {
            return;
        }
        if (this.#isOpen()) {
            const { session, text } = this.#session;
            await this.#turn(session, text ? `${text}*${typed}` : typed);
        } else {
            await this.dial(typed || this.#serviceCode);
        }
    }

    async #turn(session, text) {
        [this.#seen, this.#left] = [session, null];
        await this.#working(() => this.#calls.dial(session, text));
        this.#goOn();
    }

    /** The field is ready for the keyboard; where that would come up over the screen, the screen is what is read first. */
    #goOn() {
        const { input, screen } = this.#parts;
        (matchMedia("(hover: none)").matches && !screen.hidden ? screen : input).focus({ preventScroll: true });
    }

    async #cancel() {
        this.#parts.input.value = "";
        const open = this.#isOpen() ? this.#session.session : null;
        [this.#seen, this.#left] = [null, open];
        await this.#working(async () => open && this.#calls.hangUp(open));
    }

    async #working(act) {
        [this.#busy, this.#wrong] = [true, ""];
        this.#draw();
        try {
            await act();
            this.#parts.input.value = "";
        } catch (refused) {
            this.#wrong = `The session broke off. ${refused.message}`;
        }
        await this.#look();
        this.#busy = false;
        this.#draw();
    }

    #draw() {
        const { screen, note, send, cancel, input } = this.#parts;
        const [isOpen, ended] = [this.#isOpen(), this.#session?.ending];
        const shown = this.#session?.session === this.#seen && this.#seen !== null;
        say(screen, isOpen || shown ? this.#session.screen.slice(4) : "");
        screen.classList.toggle("over", !isOpen);
        screen.hidden = !screen.textContent;
        if (!isOpen) {
            const idle = `Dial ${this.#serviceCode} to reach VoicePact without SMS.`;
            say(note, this.#wrong || (shown && ended ? ENDED[ended] : idle));
        }
        note.classList.toggle("wrong", Boolean(this.#wrong));
        say(send, this.#busy ? "Wait…" : isOpen ? "Send" : "Call");
        send.disabled = this.#busy;
        cancel.hidden = !isOpen && !shown && !this.#wrong;
        say(cancel, isOpen ? "Cancel" : "Close");
        input.placeholder = isOpen ? "Answer" : this.#serviceCode;
    }
}
