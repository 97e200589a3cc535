// Puts the page together: the phones, what keeps them live, and the network behind them.

import { letPhonesBeAdded, pairOf, recentPhones } from "./adding.js";
import { phonesInAddress } from "./address.js";
import { letClockBeMoved, showClock } from "./clock.js";
import { part, say } from "./dom.js";
import { letFaultsBeSet } from "./faults.js";
import { Hint } from "./hint.js";
import { Live } from "./live.js";
import { Shelf } from "./shelf.js";

const STATES = { live: "Live", reconnecting: "Reconnecting…" };

const { serviceCode, mostPhones } = document.body.dataset;
const shelf = new Shelf({ serviceCode, most: Number(mostPhones) });
const hint = new Hint(shelf);
const live = new Live({
    numbers: () => shelf.msisdns,
    onPhones: (states) => {
        shelf.show(states);
        hint.show(states);
    },
    onState: (state) => {
        part(document, "live").dataset.live = state;
        say(part(document, "live"), STATES[state]);
    },
});

shelf.connect(live);
letPhonesBeAdded(shelf);
letFaultsBeSet();
letClockBeMoved(live);
for (const button of document.querySelectorAll("[data-fate]")) {
    button.addEventListener("click", () => shelf.place(button.dataset.fate, Number(button.dataset.place)));
}

const asked = phonesInAddress();
shelf.set(asked.length ? asked : pairOf(await recentPhones().catch(() => [])));
live.start();
setInterval(() => {
    shelf.tick();
    showClock(live);
}, 1000);
