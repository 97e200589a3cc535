// Which phones are shown stands in the page's address, so that a link can be shared.

import { toMsisdn } from "./words.js";

export function phonesInAddress() {
    const written = new URLSearchParams(location.search).get("phones") ?? "";
    const found = written.split(",").map(toMsisdn).filter(Boolean);
    return [...new Set(found)];
}

export function keepInAddress(msisdns) {
    const query = msisdns.length ? `?phones=${msisdns.join(",")}` : "";
    history.replaceState(null, "", `${location.pathname}${query}${location.hash}`);
}
