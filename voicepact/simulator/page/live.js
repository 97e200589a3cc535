// Asks once a second how the phones are; costs the simulator nothing while nothing changes.

const EACH_MS = 1000;
const PATIENCE_MS = 8000;

export class Live {
    #numbers;
    #onPhones;
    #onState;
    #edition = "";
    #asked = "";
    #looking = null;
    #timer = 0;
    #ahead = 0;

    /** `numbers` says which phones are shown; `onPhones` hears of changes, `onState` of "live" and "reconnecting". */
    constructor({ numbers, onPhones, onState }) {
        [this.#numbers, this.#onPhones, this.#onState] = [numbers, onPhones, onState];
    }

    start() {
        document.addEventListener("visibilitychange", () => document.hidden || this.look());
        this.look();
    }

    /** The network's time, which may be ahead of this machine's. */
    time() {
        return new Date(Date.now() + this.#ahead);
    }

    /** What is shown is what is true after this call began. */
    async look() {
        await this.#looking;
        this.#looking ??= this.#once().finally(() => {
            this.#looking = null;
        });
        await this.#looking;
    }

    async #once() {
        clearTimeout(this.#timer);
        try {
            await this.#ask();
            this.#onState("live");
        } catch {
            this.#edition = "";
            this.#onState("reconnecting");
        }
        this.#timer = setTimeout(() => document.hidden || this.look(), EACH_MS);
    }

    async #ask() {
        const path = `/live?phones=${this.#numbers().join(",")}`;
        const headers = path === this.#asked && this.#edition ? { "If-None-Match": this.#edition } : {};
        const signal = AbortSignal.timeout(PATIENCE_MS);
        const answer = await fetch(path, { headers, signal, cache: "no-store" });
        if (answer.status !== 304 && !answer.ok) {
            throw new Error(String(answer.status));
        }
        this.#ahead = Date.parse(answer.headers.get("X-Clock")) - Date.now();
        if (answer.status === 304) {
            return;
        }
        const { phones } = await answer.json();
        [this.#asked, this.#edition] = [path, answer.headers.get("ETag")];
        this.#onPhones(phones);
    }
}
