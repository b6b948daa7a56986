// What this person is at, said over the page's live socket while it lasts, and who else is at which card.
import { say, sayCount } from "wall/lib/words.js";

/** @typedef {{card: string, doing: "editing" | "looking", person: number, who: string}} Doing */

const AGAIN = 12_000; // the server forgets after 30 s what is not repeated
const SETTLE = 600;

export class Presence {
  /** @param {(said: object) => void} send */
  constructor(send) {
    this.send = send;
    this.what = "";
    this.card = "";
    this.until = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /**
   * From now on this person is at this, until something else, done(), or `lasts` milliseconds later.
   * @param {"pinning" | "editing" | "looking"} what
   * @param {string} [card]
   * @param {number} [lasts]
   */
  at(what, card = "", lasts = Infinity) {
    const known = what === this.what && card === this.card && performance.now() < this.until;
    [this.what, this.card, this.until] = [what, card, performance.now() + lasts];
    if (!known) this.soon(SETTLE);
  }

  /** @param {number} wait */
  soon(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.say(), wait);
  }

  say() {
    if (performance.now() >= this.until) return;
    if (document.visibilityState === "visible") this.send({ type: "doing", what: this.what, card: this.card });
    this.soon(AGAIN);
  }

  /** The line is new: the server knows nothing of us. */
  again() {
    if (performance.now() < this.until) this.soon(0);
  }

  done() {
    clearTimeout(this.timer);
    if (performance.now() < this.until) this.send({ type: "doing", what: "nothing" });
    this.until = 0;
  }
}

/**
 * Fill the places the server drew for it: `data-busy` in a card, or with a card's number as its value.
 * @param {Doing[]} doing
 * @param {number} me this person's own number: nobody need be told of themselves
 */
export function showBusy(doing, me) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-busy]"))) {
    const card = place.dataset["busy"] || /** @type {HTMLElement | null} */ (place.closest("[data-card]"))?.dataset["card"];
    const here = doing.filter((one) => one.card === card && one.person !== me);
    const editing = here.filter((one) => one.doing === "editing");
    const names = (editing.length > 0 ? editing : here).map((one) => one.who);
    const list = new Intl.ListFormat(document.documentElement.lang).format(names);
    const text = names.length === 0 ? "" : say(editing.length > 0 ? "editing_by" : "looking_by", { who: list });
    const words = place.querySelector("span");
    if (words && words.textContent !== text) words.textContent = text;
    place.hidden = text === "";
  }
}

/** @param {number} pinning */
export function showPinning(pinning) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-pinning-words]"))) {
    place.textContent = pinning > 0 ? sayCount("pinning", pinning) : "";
  }
}
