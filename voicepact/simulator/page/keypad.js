// Keys with digits, as on a phone.

import { made } from "./dom.js";

const NAMES = { "⌫": "Delete", "*": "Star", "#": "Hash" };

/** Fills `root` with these keys, three in a row; each puts itself into `field`, and ⌫ takes the last one away. */
export function fillWithKeys(root, keys, field) {
    for (const key of keys) {
        const button = made("button", { type: "button", class: "key", ...(NAMES[key] && { "aria-label": NAMES[key] }) }, key);
        button.addEventListener("click", () => press(key, field));
        root.append(button);
    }
}

/** The key is pressed. */
export function press(key, field) {
    if (key === "⌫") {
        field.value = field.value.slice(0, -1);
    } else if (field.maxLength < 0 || field.value.length < field.maxLength) {
        field.value += key;
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
}
