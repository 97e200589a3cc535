// One phone on the page, put together from its parts.

import { Compose } from "./compose.js";
import { Dialler } from "./dialler.js";
import { copyOf, part, say } from "./dom.js";
import { phoneCalls } from "./network.js";
import { PromptCard } from "./prompt.js";
import { storyOf } from "./story.js";
import { Tabs } from "./tabs.js";
import { Thread } from "./thread.js";
import { Wallet } from "./wallet.js";
import { hour, spoken } from "./words.js";

export class Phone {
    msisdn;
    label;
    element;
    #clock;
    #tabs;
    #thread;
    #compose;
    #prompt;
    #dialler;
    #wallet;
    #onNews;

    /** `live` brings new states; `onNews` is called when something came; `onRemove` when it shall leave the page. */
    constructor(msisdn, { label, serviceCode, live, onNews, onRemove }) {
        [this.msisdn, this.label, this.#onNews] = [msisdn, label, onNews];
        this.#clock = () => live.time();
        const root = (this.element = copyOf("phone-template"));
        const calls = phoneCalls(msisdn);
        const look = () => live.look();
        root.setAttribute("aria-label", `${label}, ${spoken(msisdn)}`);
        say(part(root, "label"), label);
        say(part(root, "number"), spoken(msisdn));
        part(root, "remove").setAttribute("aria-label", `Remove ${label}`);
        part(root, "remove").addEventListener("click", onRemove);
        this.#thread = new Thread(root, { label, clock: this.#clock });
        this.#dialler = new Dialler(root, { label, serviceCode, calls, look });
        this.#wallet = new Wallet(root, { label, calls, look, clock: this.#clock });
        this.#prompt = new PromptCard(root, { label, answer: (id, action) => calls.answerPrompt(id, action).then(look) });
        this.#compose = new Compose(root, {
            label,
            serviceCode,
            send: (text) => calls.sendText(text).then(look),
            dial: (code) => this.#dial(code),
        });
        this.#tabs = new Tabs(root, { label, onOpen: (name) => name === "messages" && this.#thread.toEnd() });
        part(root, "balance-line").addEventListener("click", () => this.#tabs.open("money"));
        this.tick();
    }

    /** The phone as the network has it now. */
    show(phone) {
        const story = storyOf(phone);
        const [hasNewEntry, hasNewPrompt] = [this.#thread.show(story), this.#prompt.show(phone.prompts)];
        if (hasNewEntry) {
            this.#tabs.mark("messages");
        }
        if (hasNewEntry || hasNewPrompt) {
            this.#onNews();
        }
        this.#compose.show(story);
        this.#dialler.show(phone.ussd);
        this.#wallet.show(phone);
        this.tick();
    }

    /** Called each second. */
    tick() {
        const now = this.#clock();
        say(part(this.element, "time"), hour(now));
        this.#prompt.tick(now);
        this.#dialler.tick(now);
    }

    async #dial(code) {
        this.#tabs.open("dial");
        await this.#dialler.dial(code);
    }
}
