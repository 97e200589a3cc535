// Elements. Whatever people wrote goes in as text, never as HTML.

/** A new element with these attributes; of its children, strings become text. */
export function made(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
}

/** The one element below `root` that bears `data-<name>`. */
export function part(root, name) {
    return root.querySelector(`[data-${name}]`);
}

/** A fresh copy of the template that bears `data-<name>`. */
export function copyOf(name) {
    return part(document, name).content.firstElementChild.cloneNode(true);
}

/** Changes the text only where it differs, so that nobody is told of the same words again. */
export function say(element, words) {
    if (element.textContent !== words) {
        element.textContent = words;
    }
}

/** The words stand in the element; with no words it is gone. */
export function complain(element, words) {
    element.hidden = !words;
    say(element, words);
}
