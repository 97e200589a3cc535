// How money, times and numbers are written.

const SHILLINGS = new Intl.NumberFormat("en-KE", { maximumFractionDigits: 0 });
const NAIROBI = "Africa/Nairobi";
const HOUR = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: NAIROBI });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: NAIROBI });
const WHOLE = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short", timeZone: NAIROBI });
const MSISDN = /^254[17]\d{8}$/;

export function money(amount) {
    return `KES ${SHILLINGS.format(amount)}`;
}

export function hour(at) {
    return HOUR.format(at);
}

/** The hour, and the day where it is not that of `now`. */
export function moment(at, now) {
    const [day, today] = [DAY.format(at), DAY.format(now)];
    return day === today ? hour(at) : `${day}, ${hour(at)}`;
}

export function wholeMoment(at) {
    return `${WHOLE.format(at)}, Nairobi`;
}

/** 254712345678 as people write it: 0712 345 678. */
export function spoken(msisdn) {
    return `0${msisdn.slice(3, 6)} ${msisdn.slice(6, 9)} ${msisdn.slice(9)}`;
}

/** The number in digits with the country in front, from any usual writing; null where it is no Kenyan mobile number. */
export function toMsisdn(written) {
    const digits = written.replace(/\D/g, "").replace(/^0(?=[17])/, "254").replace(/^(?=[17]\d{8}$)/, "254");
    return MSISDN.test(digits) ? digits : null;
}

/** A Safaricom number that has hardly been used before and has no fixed outcome. */
export function newMsisdn() {
    return `25472${String(Math.floor(Math.random() * 1e7)).padStart(7, "0")}`;
}
