// Says the page's own sentences, which the server put into <body data-words>, so no script carries a language.

/** @type {Record<string, string>} */
const words = JSON.parse(document.body.dataset["words"] ?? "{}");

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * @param {string} key a pair key_one / key_other
 * @param {number} n
 * @returns {string}
 */
export function sayCount(key, n) {
  return say(n === 1 ? `${key}_one` : `${key}_other`, { n: n.toLocaleString(document.documentElement.lang) });
}

/** @returns {string} the time of day as this page's readers write it */
export function clock(date = new Date()) {
  return date.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}
