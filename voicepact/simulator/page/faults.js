// The faults: one control each, and all of them away at once.

import { complain, part, say } from "./dom.js";
import { call } from "./network.js";

export function letFaultsBeSet() {
    const form = part(document, "faults");
    const fields = [...form.querySelectorAll("input")];

    function show(faults) {
        for (const field of fields) {
            field.value = faults[field.name];
            name(field);
        }
        warn(fields.filter((field) => field.valueAsNumber > 0).length);
    }

    /** The controls show what the network answers; where it does not, the form says so. */
    async function ask(method, values) {
        try {
            show(await call(method, "/faults", values));
            complain(part(form, "faults-wrong"), "");
        } catch (refused) {
            complain(part(form, "faults-wrong"), refused.message);
        }
    }

    form.addEventListener("submit", (event) => event.preventDefault());
    for (const field of fields) {
        field.addEventListener("input", () => name(field));
        field.addEventListener("change", () => ask("POST", { [field.name]: field.valueAsNumber }));
    }
    part(form, "faults-none").addEventListener("click", () => ask("POST", {}));
    part(document, "network").addEventListener("toggle", (event) => event.target.open && ask("GET"));
    ask("GET");
}

/** Whoever does not look at the controls is told, too, that the network misbehaves. */
function warn(count) {
    complain(part(document, "faults-on"), count ? `${count} ${count === 1 ? "fault is" : "faults are"} on` : "");
}

function name(field) {
    if (field.type === "range") {
        const share = `${Math.round(field.valueAsNumber * 100)} %`;
        say(field.nextElementSibling, share);
        field.setAttribute("aria-valuetext", share);
    }
}
