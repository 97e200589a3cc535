// Everybody's clock, which moves forwards and never back: so it asks first.

import { complain, part, say } from "./dom.js";
import { call } from "./network.js";
import { wholeMoment } from "./words.js";

const HOUR_S = 3600;

export function letClockBeMoved(live) {
    const sure = part(document, "sure");
    let asker = null;

    function ask(button) {
        asker = button;
        const hours = Number(button.dataset.advance);
        const span = hours === 1 ? "1 hour" : `${hours} hours`;
        say(part(document, "sure-words"), `It will be ${span} later for everybody, and what is due by then happens. There is no way back.`);
        sure.hidden = false;
        part(document, "sure-yes").focus();
    }

    function leave() {
        sure.hidden = true;
        asker?.focus();
    }

    async function move() {
        try {
            await call("POST", "/clock", { advance_s: Number(asker.dataset.advance) * HOUR_S });
            complain(part(document, "clock-wrong"), "");
        } catch (refused) {
            complain(part(document, "clock-wrong"), refused.message);
        }
        leave();
        await live.look();
        showClock(live);
    }

    for (const button of document.querySelectorAll("[data-advance]")) {
        button.addEventListener("click", () => ask(button));
    }
    part(document, "sure-yes").addEventListener("click", move);
    part(document, "sure-no").addEventListener("click", leave);
}

export function showClock(live) {
    say(part(document, "clock"), wholeMoment(live.time()));
}
