// What a phone has been through, in order: texts in and out, money, and prompts that came to nothing.

import { money } from "./words.js";

const SETTLED = new Set(["open", "approved"]);
const FATE_OF_PROMPT = {
    cancelled: "cancelled",
    wrong_pin: "refused: wrong PIN",
    ignored: "not answered",
    expired: "not answered in time",
    failed: "refused by M-Pesa",
};

/**
 * Entries `{key, kind, who, text, at}`, oldest first; `kind` is "in", "out" or "note". Of the notes, `isBad` marks one of
 * a payment that came to nothing, and `isPaid` one of a payment that this phone made.
 */
export function storyOf(phone) {
    const entries = [
        ...phone.messages.map((one) => ({ key: one.id, kind: "in", who: one.from, text: one.text, at: one.at })),
        ...phone.sent.map((one) => ({ key: one.id, kind: "out", who: one.to, text: one.text, at: one.at })),
        ...phone.movements.map((one) => moving(one, phone.msisdn)),
        ...phone.prompts.filter((one) => !SETTLED.has(one.status)).map(failed),
    ];
    return entries.sort((one, other) => (one.at < other.at ? -1 : Number(one.at > other.at)));
}

/** A movement of money as the holder of the phone would tell it. */
export function moved(movement, msisdn) {
    const sum = money(movement.amount);
    if (movement.from === msisdn) {
        return `${sum} paid to VoicePact`;
    }
    return movement.kind === "reversal" ? `${sum} came back` : `${sum} received from VoicePact`;
}

function moving(movement, msisdn) {
    const text = moved(movement, msisdn);
    return { key: movement.receipt, kind: "note", who: "M-Pesa", text, at: movement.at, isPaid: movement.from === msisdn };
}

function failed(prompt) {
    const text = `Payment of ${money(prompt.amount)} ${FATE_OF_PROMPT[prompt.status]}`;
    return { key: `${prompt.id} ${prompt.status}`, kind: "note", who: "M-Pesa", text, at: prompt.at, isBad: true };
}
