// The answers that the last texts themselves ask for.

const COMMAND = /(?<![\w-])(?!TXN-)[A-Z]{2,12}-[A-Z]{2}-\d{4}-\d{6,}(?![\w-])(?: \d{4,8}\b)?/g;
const WORD = /(?<=\b(?:[Rr]eply|[Ss]end|[Jj]ibu|[Tt]uma) )[A-Z]{2,12}(?![\w-])/g;
const CODE = /\*\d{2,}(?:\*\d+)*#/g;
const MOST = 4;

/** The commands and USSD codes quoted, to the letter, in the texts since the phone last wrote or its money moved. */
export function repliesTo(story) {
    const texts = [];
    for (const entry of story.toReversed()) {
        if (entry.kind !== "in") {
            break;
        }
        texts.push(entry.text);
    }
    const found = texts.flatMap((text) => [COMMAND, WORD, CODE].flatMap((kind) => text.match(kind) ?? []));
    return [...new Set(found)].slice(0, MOST);
}

export function isCode(reply) {
    return reply.startsWith("*");
}
