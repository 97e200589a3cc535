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
    }

    async function change(values) {
        try {
            show(await call("POST", "/faults", values));
            complain(part(form, "faults-wrong"), "");
        } catch (refused) {
            complain(part(form, "faults-wrong"), refused.message);
        }
    }

    form.addEventListener("submit", (event) => event.preventDefault());
    for (const field of fields) {
        field.addEventListener("input", () => name(field));
        field.addEventListener("change", () => change({ [field.name]: field.valueAsNumber }));
    }
    part(form, "faults-none").addEventListener("click", () => change({}));
    part(document, "network").addEventListener("toggle", async (event) => {
        if (event.target.open) {
            show(await call("GET", "/faults"));
        }
    });
}

function name(field) {
    if (field.type === "range") {
        const share = `${Math.round(field.valueAsNumber * 100)} %`;
        say(field.nextElementSibling, share);
        field.setAttribute("aria-valuetext", share);
    }
}
