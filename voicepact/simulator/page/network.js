// The simulator's control calls.

const PATIENCE_MS = 20_000;

/** The simulator said no, or did not answer; the message can be shown to people. */
export class Refused extends Error {}

/** The answer's JSON, or null where it has none. Throws Refused. */
export async function call(method, path, body) {
    const options = { method, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) };
    if (body !== undefined) {
        options.body = JSON.stringify(body);
        options.headers = { "Content-Type": "application/json" };
    }
    let answer;
    try {
        answer = await fetch(path, options);
    } catch {
        throw new Refused("The network does not answer. Try again in a moment.");
    }
    const said = answer.status === 204 ? null : await answer.json().catch(() => null);
    if (!answer.ok) {
        throw new Refused(said?.detail ?? `The network answered with ${answer.status}.`);
    }
    return said;
}

/** The control calls of one phone. */
export function phoneCalls(msisdn) {
    const path = `/phones/${msisdn}`;
    return {
        sendText: (text) => call("POST", `${path}/sms`, { text }),
        answerPrompt: (id, action) => call("POST", `${path}/prompts/${encodeURIComponent(id)}`, { action }),
        dial: (session, text) => call("POST", `${path}/ussd`, { session, text }),
        hangUp: (session) => call("DELETE", `${path}/ussd`, { session }),
        setBalance: (balance) => call("PUT", path, { balance }),
        payBill: (amount, reference) => call("POST", `${path}/paybill`, { amount, reference }),
    };
}
