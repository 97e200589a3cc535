// Adding a phone: a number that is typed, chosen from those in use, or new.

import { complain, made, part } from "./dom.js";
import { call } from "./network.js";
import { newMsisdn, spoken, toMsisdn } from "./words.js";

/** The numbers in use, the last used first: `[{msisdn, pays}]`. */
export async function recentPhones() {
    return (await call("GET", "/phones")).phones;
}

/** The latest two, who pays first; a new number stands in for a missing one. */
export function pairOf(recent) {
    const pair = recent.slice(0, 2).sort((one, other) => Number(other.pays) - Number(one.pays));
    return [...pair.map((phone) => phone.msisdn), newMsisdn(), newMsisdn()].slice(0, 2);
}

export function letPhonesBeAdded(shelf) {
    const menu = part(document, "add");
    const field = part(document, "add-form").elements.number;
    const wrong = part(document, "add-wrong");

    function add(msisdn) {
        if (shelf.isFull) {
            complain(wrong, "There is no room for another phone: remove one first.");
            return;
        }
        complain(wrong, "");
        shelf.add(msisdn);
        field.value = "";
        close();
    }

    function close() {
        menu.open = false;
        menu.querySelector("summary").focus({ preventScroll: true });
    }

    menu.addEventListener("toggle", async () => {
        if (menu.open) {
            field.focus();
            const recent = await recentPhones().catch(() => []);
            document.getElementById("recent").replaceChildren(...recent.map((one) => made("option", { value: spoken(one.msisdn) })));
        }
    });
    menu.addEventListener("keydown", (event) => {
        if (event.key === "Escape") {
            close();
        }
    });
    document.addEventListener("click", (event) => (menu.open &&= menu.contains(event.target)));
    part(document, "add-form").addEventListener("submit", (event) => {
        event.preventDefault();
        const msisdn = toMsisdn(field.value);
        if (msisdn) {
            add(msisdn);
        } else {
            complain(wrong, "A Kenyan mobile number, as in 0712 345 678.");
        }
    });
    part(document, "add-new").addEventListener("click", () => add(newMsisdn()));
}
