// The three sides of a phone, of which one is seen: a tab list as screen readers know it.

import { part } from "./dom.js";

let made = 0;

export class Tabs {
    #tabs;
    #panes;
    #onOpen;

    /** `onOpen` is told the name of each side that is opened. */
    constructor(root, { label, onOpen = () => {} }) {
        this.#tabs = [...root.querySelectorAll("[data-tab]")];
        this.#panes = new Map(this.#tabs.map((tab) => [tab.dataset.tab, root.querySelector(`[data-pane=${tab.dataset.tab}]`)]));
        this.#onOpen = onOpen;
        part(root, "tabs").setAttribute("aria-label", label);
        for (const tab of this.#tabs) {
            this.#join(tab);
        }
        this.open("messages");
    }

    open(name) {
        for (const tab of this.#tabs) {
            const chosen = tab.dataset.tab === name;
            tab.setAttribute("aria-selected", String(chosen));
            tab.tabIndex = chosen ? 0 : -1;
            this.#panes.get(tab.dataset.tab).hidden = !chosen;
            if (chosen) {
                tab.classList.remove("news");
            }
        }
        this.#onOpen(name);
    }

    isOpen(name) {
        return !this.#panes.get(name).hidden;
    }

    /** There is something new on a side that is not seen now. */
    mark(name) {
        if (!this.isOpen(name)) {
            this.#tabs.find((tab) => tab.dataset.tab === name).classList.add("news");
        }
    }

    #join(tab) {
        const pane = this.#panes.get(tab.dataset.tab);
        made += 1;
        [tab.id, pane.id] = [`tab-${made}`, `pane-${made}`];
        tab.setAttribute("aria-controls", pane.id);
        pane.setAttribute("role", "tabpanel");
        pane.setAttribute("aria-labelledby", tab.id);
        tab.addEventListener("click", () => this.open(tab.dataset.tab));
        tab.addEventListener("keydown", (event) => this.#walk(event));
    }

    #walk(event) {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step === undefined) {
            return;
        }
        event.preventDefault();
        const at = this.#tabs.indexOf(event.currentTarget);
        const next = this.#tabs.at((at + step) % this.#tabs.length);
        this.open(next.dataset.tab);
        next.focus();
    }
}
