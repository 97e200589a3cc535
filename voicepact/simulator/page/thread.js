// The messages of one phone as bubbles, the newest at the bottom.

import { made, part } from "./dom.js";
import { moment } from "./words.js";

const NEAR_PX = 48;
const ID = /((?:[A-Z]+-)?[A-Z]{2}-\d{4}-\d{6,}(?:-\d{3})?)/;

export class Thread {
    #log;
    #jump;
    #clock;
    #keys = [];
    #last = null;
    #isFollowing = true;
    #top = 0;

    constructor(root, { label, clock }) {
        this.#log = part(root, "thread");
        this.#jump = part(root, "jump");
        this.#clock = clock;
        this.#log.setAttribute("aria-label", `Messages, ${label}`);
        this.#log.addEventListener("scroll", () => this.#scrolled());
        new ResizeObserver(() => this.#isFollowing && this.toEnd()).observe(this.#log);
        this.#jump.addEventListener("click", () => this.toEnd());
    }

    /** Shows the story; returns whether something came that was not there before. */
    show(story) {
        const keys = story.map((entry) => entry.key);
        const known = this.#keys.every((key, at) => key === keys[at]) ? this.#keys.length : 0;
        if (keys.length === known && known === this.#keys.length) {
            return false;
        }
        const isFirst = this.#keys.length === 0;
        this.#log.setAttribute("aria-live", known || isFirst ? "polite" : "off");
        if (!known) {
            this.#log.replaceChildren();
            this.#last = null;
        }
        story.slice(known).forEach((entry) => this.#add(entry));
        this.#keys = keys;
        this.#follow(this.#isFollowing || isFirst || story.at(-1)?.kind === "out");
        return !isFirst;
    }

    toEnd() {
        this.#log.scrollTop = this.#log.scrollHeight;
        this.#top = this.#log.scrollTop;
        this.#isFollowing = this.#jump.hidden = true;
    }

    #add(entry) {
        if (entry.kind === "in" && !(this.#last?.kind === "in" && this.#last.who === entry.who)) {
            this.#log.append(made("p", { class: "sender" }, entry.who));
        }
        const time = made("time", { datetime: entry.at }, moment(new Date(entry.at), this.#clock()));
        const who = made("span", { class: "unseen" }, entry.kind === "out" ? "You wrote: " : `${entry.who}: `);
        const text = made("p", { class: "words" }, who, ...unbroken(entry.text));
        this.#log.append(made("div", { class: `bubble ${entry.kind}${entry.isBad ? " bad" : ""}` }, text, time));
        this.#last = entry;
    }

    #follow(shouldScroll) {
        if (shouldScroll) {
            this.toEnd();
        } else {
            this.#jump.hidden = false;
        }
    }

    /**
     * Somebody who has scrolled up to read is not pulled away from it.
     *
     * Only a move upwards says so: the end also goes out of sight where the log gets less room, and then it comes back.
     */
    #scrolled() {
        const { scrollHeight, scrollTop, clientHeight } = this.#log;
        if (clientHeight > 0) {
            const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
            this.#isFollowing = isAtEnd || (this.#isFollowing && scrollTop >= this.#top);
            this.#top = scrollTop;
            this.#jump.hidden ||= this.#isFollowing;
        }
    }
}

/** The text, with its commands and ids in one piece each: whoever copies one by hand shall not lose its middle. */
function unbroken(text) {
    return text.split(ID).map((piece, at) => (at % 2 ? made("span", { class: "whole" }, piece) : piece));
}
