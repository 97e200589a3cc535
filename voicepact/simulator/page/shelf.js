// The phones side by side, and on a narrow screen the switch between them.

import { keepInAddress } from "./address.js";
import { made, part } from "./dom.js";
import { Phone } from "./phone.js";

const LABELS = ["Buyer", "Seller"];

export class Shelf {
    #live;
    #serviceCode;
    #most;
    #phones = [];
    #watch = new IntersectionObserver((seen) => seen.forEach((one) => this.#see(one)), { threshold: 0.6 });
    #seen = new Set();

    constructor({ serviceCode, most }) {
        [this.#serviceCode, this.#most] = [serviceCode, most];
    }

    /** `live` brings the states of the phones that stand here. */
    connect(live) {
        this.#live = live;
    }

    get msisdns() {
        return this.#phones.map((phone) => phone.msisdn);
    }

    get isFull() {
        return this.#phones.length >= this.#most;
    }

    /** Exactly these phones are on the page, in this order; those that stay in their place keep what they show. */
    set(msisdns) {
        const kept = [...new Set(msisdns)].slice(0, this.#most);
        this.#phones = kept.map((msisdn, place) => this.#standing(msisdn, place) ?? this.#new(msisdn, place));
        stand(part(document, "phones"), this.#phones.map((phone) => phone.element));
        part(document, "switch").replaceChildren(...this.#phones.map((phone) => this.#switchTo(phone)));
        keepInAddress(kept);
        this.#live.look();
    }

    add(msisdn) {
        this.set([...this.msisdns, msisdn]);
        this.#bringIntoSight(msisdn);
    }

    /** The number takes this place; the one that had it leaves. */
    place(msisdn, at) {
        const others = this.msisdns.filter((_, place) => place !== at).filter((other) => other !== msisdn);
        this.set(others.toSpliced(at, 0, msisdn));
        this.#bringIntoSight(msisdn);
    }

    show(states) {
        for (const state of states) {
            this.#phones.find((phone) => phone.msisdn === state.msisdn)?.show(state);
        }
    }

    tick() {
        this.#phones.forEach((phone) => phone.tick());
    }

    #standing(msisdn, place) {
        const phone = this.#phones.find((one) => one.msisdn === msisdn);
        return phone?.label === labelOf(place) ? phone : null;
    }

    #new(msisdn, place) {
        const phone = new Phone(msisdn, {
            label: labelOf(place),
            serviceCode: this.#serviceCode,
            live: this.#live,
            onNews: () => this.#mark(phone),
            onRemove: () => this.#remove(msisdn),
        });
        this.#watch.observe(phone.element);
        return phone;
    }

    /** The focus goes to the phone that has the place now, or the last one, or to where one is added. */
    #remove(msisdn) {
        const place = this.msisdns.indexOf(msisdn);
        this.set(this.msisdns.filter((other) => other !== msisdn));
        const next = this.#phones[place] ?? this.#phones.at(-1);
        (next ? part(next.element, "remove") : part(document, "add").querySelector("summary")).focus();
    }

    #switchTo(phone) {
        const isSeen = this.#seen.has(phone.element);
        const button = made("button", { type: "button", "aria-pressed": String(isSeen) }, phone.label);
        button.addEventListener("click", () => this.#bringIntoSight(phone.msisdn));
        return button;
    }

    /** The phone came into sight, or went out of it. */
    #see({ target, isIntersecting }) {
        this.#seen[isIntersecting ? "add" : "delete"](target);
        const button = this.#buttonOf(this.#phones.find((phone) => phone.element === target));
        button?.setAttribute("aria-pressed", String(isIntersecting));
        button?.classList.toggle("news", !isIntersecting && button.classList.contains("news"));
    }

    #bringIntoSight(msisdn) {
        const phone = this.#phones.find((one) => one.msisdn === msisdn);
        phone?.element.scrollIntoView({ inline: "center", block: "nearest" });
    }

    #mark(phone) {
        this.#buttonOf(phone)?.classList.toggle("news", !this.#seen.has(phone.element));
    }

    #buttonOf(phone) {
        return part(document, "switch").children[this.#phones.indexOf(phone)];
    }
}

/** These elements and no others are in `root`; one that is in its place is not touched, or it would forget its scroll. */
function stand(root, elements) {
    [...root.children].filter((child) => !elements.includes(child)).forEach((child) => child.remove());
    elements.forEach((element, at) => root.children[at] === element || root.insertBefore(element, root.children[at] ?? null));
}

function labelOf(place) {
    return LABELS[place] ?? `Phone ${place + 1}`;
}
