// A bar that runs out: how long the network still waits for somebody.

/** Shows on `bar` what is left until this moment; returns the whole seconds, none once it has passed. */
export function runOut(bar, until, now) {
    const seconds = Math.max(0, Math.ceil((Date.parse(until) - now) / 1000));
    bar.value = Math.min(seconds, bar.max);
    return seconds;
}
