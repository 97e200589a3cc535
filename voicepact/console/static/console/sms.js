// Says under an answer, while it is written, how many SMS it makes. The server counts again.
document.querySelectorAll("[data-sms-of]").forEach((count) => {
    const field = document.getElementById(count.dataset.smsOf);
    const one = Number(count.dataset.one);
    const two = Number(count.dataset.two);
    const say = () => {
        const length = field.value.trim().replace(/\s+/g, " ").length;
        const many = length > two ? "too long" : length > one ? "two SMS" : "one SMS";
        count.textContent = length ? `${length} characters: ${many}` : "";
    };
    field.addEventListener("input", say);
    say();
});
