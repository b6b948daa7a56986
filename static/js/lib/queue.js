// The queue under one thumb or one hand: which card is the current one, the keys, the bar, and what is selected.
import { fetchPage } from "wall/lib/page.js";
import { toast } from "wall/lib/toast.js";

const KEYS_OFF = "queue-keys-off";
const SCROLLED_BY_HAND = 1500;
const UNSEEN = "[data-shows~=pending] [data-twin='']";
const TOGETHER_MS = 700;
const DECIDES = ["approve", "reject", "hide", "together"];
const WRITES = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

export class Queue {
  /**
   * @param {HTMLElement} root
   * @param {() => void} undo takes back the last thing done here
   */
  constructor(root, undo) {
    this.root = root;
    this.undo = undo;
    /** @type {HTMLElement | undefined} */
    this.current = undefined;
    this.at = 0;
    /** Cards decided here whose change is still on its way. @type {Set<string>} */
    this.going = new Set();
    /** @type {Set<string>} */
    this.selected = new Set();
    this.handAt = -SCROLLED_BY_HAND;
    this.returning = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.asking = undefined;
    this.ended = new AbortController();
    this.listen();
    this.choose(this.cards()[0]);
  }

  stop() {
    this.ended.abort();
    clearTimeout(this.asking);
  }

  listen() {
    const { signal } = this.ended;
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    document.addEventListener("wall:changed", () => this.settle(), { signal });
    for (const hand of ["touchmove", "wheel"]) addEventListener(hand, () => { this.handAt = performance.now(); }, { signal, passive: true });
    addEventListener("scroll", () => this.follow(), { signal, passive: true });
    this.root.addEventListener("focusin", (event) => this.chooseFrom(event.target), { signal });
    this.root.addEventListener("pointerdown", (event) => this.chooseFrom(event.target), { signal });
    this.root.addEventListener("change", (event) => this.select(event.target), { signal });
    this.root.addEventListener("reset", () => setTimeout(() => this.countSelected()), { signal });
    for (const button of this.root.querySelectorAll("[data-act]")) {
      button.addEventListener("click", (event) => {
        event.stopPropagation(); // a click elsewhere closes menus, and this one opens one
        this.act(/** @type {HTMLElement} */ (button).dataset["act"] ?? "");
      }, { signal });
    }
    this.root.classList.add("is-quick");
    for (const part of this.root.querySelectorAll(".thumb, .keys")) part.removeAttribute("hidden");
    const box = /** @type {HTMLInputElement | null} */ (this.root.querySelector("[data-keys]"));
    if (box) box.checked = localStorage.getItem(KEYS_OFF) === null;
  }

  /** @returns {HTMLElement[]} the cards that wait for a decision */
  cards() {
    return [...this.root.querySelectorAll("[data-shows~=pending] > [data-card]:not(.is-going)")].filter((card) => card instanceof HTMLElement);
  }

  /**
   * @param {HTMLElement | undefined} card
   * @param {{go?: boolean}} [options] go: bring it into view and give it the focus
   */
  choose(card, { go = false } = {}) {
    this.current?.classList.remove("is-current");
    this.current = card;
    card?.classList.add("is-current");
    if (card) document.dispatchEvent(new CustomEvent("wall:looking", { detail: card.dataset["card"] }));
    if (card) this.at = this.cards().indexOf(card);
    const name = this.root.querySelector("[data-now]");
    if (name) name.textContent = nameOf(card);
    if (!go || !card) return;
    card.scrollIntoView({ block: "start", behavior: "instant" });
    /** @type {HTMLElement | null} */ (card.querySelector(".card__name a"))?.focus({ preventScroll: true });
  }

  /** @param {EventTarget | null} target */
  chooseFrom(target) {
    const card = target instanceof Element ? target.closest("[data-card]") : null;
    if (card instanceof HTMLElement && card !== this.current && this.cards().includes(card)) this.choose(card);
  }

  /** Where the page was moved by hand, the card under the upper third of the window is the current one. */
  follow() {
    if (performance.now() - this.handAt > SCROLLED_BY_HAND) return;
    const line = innerHeight / 3;
    const card = this.cards().find((each) => each.getBoundingClientRect().bottom > line);
    if (card && card !== this.current) this.choose(card);
  }

  /** After the lists have changed: keep the current card, or go on to the one in its place. */
  settle() {
    for (const card of this.root.querySelectorAll("[data-card]")) {
      const id = /** @type {HTMLElement} */ (card).dataset["card"] ?? "";
      const box = /** @type {HTMLInputElement | null} */ (card.querySelector(".card__select input"));
      if (box) box.checked = this.selected.has(id);
    }
    this.countSelected();
    const was = this.current;
    const id = was?.dataset["card"] ?? "";
    const cards = this.cards();
    const same = cards.find((card) => card.dataset["card"] === id);
    const gone = was !== undefined && same === undefined;
    if (gone && !this.going.has(id)) toast((this.root.dataset["gone"] ?? "").replace("{name}", nameOf(was)), { key: "gone" });
    if (this.root.querySelector(UNSEEN)) this.asking ??= setTimeout(() => void this.askForTwins(), TOGETHER_MS);
    for (const each of [...this.going]) if (!this.root.querySelector(`[data-card="${each}"]`)) this.going.delete(each);
    if (this.returning) {
      this.returning = false;
      this.choose(cards.find((card) => card.classList.contains("is-new")) ?? same ?? cards[this.at] ?? cards.at(-1), { go: true });
    } else if (same !== was || gone || !was) {
      this.choose(same ?? cards[this.at] ?? cards.at(-1));
    }
  }

  /** A card that came live does not know what else hangs here: take the hints from a fresh page, once for several. */
  async askForTwins() {
    this.asking = undefined;
    try {
      const fresh = await fetchPage(location.pathname);
      for (const slot of this.root.querySelectorAll(UNSEEN)) {
        const id = /** @type {HTMLElement | null} */ (slot.closest("[data-card]"))?.dataset["card"];
        const hint = fresh.querySelector(`[data-card="${id}"] [data-twin]`);
        if (hint) slot.replaceWith(document.adoptNode(hint));
      }
    } catch { /* the next card asks again */ }
  }

  /**
   * What is being undone comes back into the list: that is where to look next.
   * @param {boolean} yes
   */
  expectBack(yes) {
    this.returning = yes;
  }

  /**
   * A decision was sent: its cards step aside at once, and the next is the current one.
   * @param {HTMLElement} form
   * @param {string} tool
   * @param {FormData} words
   * @returns {string[]} the ids of the cards
   */
  decided(form, tool, words) {
    if (!DECIDES.includes(tool)) return [];
    const own = /** @type {HTMLElement | null} */ (form.closest("[data-card]"))?.dataset["card"];
    const ids = tool === "together" ? words.getAll("card").map(String) : own ? [own] : [];
    const here = this.cards().indexOf(/** @type {HTMLElement} */ (this.current));
    for (const id of ids) {
      this.going.add(id);
      this.selected.delete(id);
      this.root.querySelector(`[data-shows~=pending] > [data-card="${id}"]`)?.classList.add("is-going");
    }
    const cards = this.cards();
    const keeps = this.current !== undefined && cards.includes(this.current);
    this.choose(keeps ? this.current : cards[here] ?? cards.at(-1), { go: !keeps });
    this.countSelected();
    return ids;
  }

  /** @param {string[]} ids cards that stay after all, if they are still there */
  putBack(ids) {
    for (const id of ids) {
      this.going.delete(id);
      this.root.querySelector(`[data-card="${id}"]`)?.classList.remove("is-going");
    }
    if (!this.current) this.choose(this.cards()[0]);
  }

  /** @param {EventTarget | null} box */
  select(box) {
    if (!(box instanceof HTMLInputElement)) return;
    if (box.matches("[data-keys]")) {
      if (box.checked) localStorage.removeItem(KEYS_OFF); else localStorage.setItem(KEYS_OFF, "true");
    } else if (box.closest(".card__select")) {
      if (box.checked) this.selected.add(box.value); else this.selected.delete(box.value);
      this.countSelected();
    }
  }

  countSelected() {
    const boxes = [...this.root.querySelectorAll(".card-slot:not(.is-going) .card__select input:checked")];
    this.selected = new Set(boxes.map((box) => /** @type {HTMLInputElement} */ (box).value));
    const head = /** @type {HTMLElement | null} */ (this.root.querySelector("[data-selected]"));
    if (!head) return;
    head.dataset["words"] ??= head.textContent ?? "";
    head.textContent = `${head.dataset["words"]}: ${this.selected.size}`;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
    const box = /** @type {HTMLInputElement | null} */ (this.root.querySelector("[data-keys]"));
    if (event.target.closest(WRITES) || (box && !box.checked)) return;
    const reasons = event.target.closest(".reasons");
    if (reasons) {
      const choice = /** @type {HTMLInputElement | undefined} */ (reasons.querySelectorAll("[name=reason]")[Number(event.key) - 1]);
      if (!choice || !/^\d$/.test(event.key)) return;
      choice.checked = true;
      /** @type {HTMLFormElement} */ (reasons).requestSubmit();
    } else if (!this.act(event.key.toLowerCase())) {
      return;
    }
    event.preventDefault();
  }

  /**
   * @param {string} key
   * @returns {boolean} whether this key means something here
   */
  act(key) {
    if (key === "j" || key === "k") {
      const cards = this.cards();
      const here = cards.indexOf(/** @type {HTMLElement} */ (this.current));
      this.choose(cards[Math.min(cards.length - 1, Math.max(0, here + (key === "j" ? 1 : -1)))], { go: true });
    } else if (key === "z") {
      this.undo();
    } else if (key === "?") {
      this.root.querySelector(".keys")?.toggleAttribute("open");
      this.root.querySelector(".keys[open] summary")?.scrollIntoView({ block: "center" });
    } else if (key === "x") {
      /** @type {HTMLElement | null | undefined} */ (this.current?.querySelector(".card__select input"))?.click();
    } else if (this.selected.size && ["a", "r", "h"].includes(key)) {
      this.actTogether(key);
    } else if (key === "a" || key === "h") {
      /** @type {HTMLFormElement | null | undefined} */ (this.current?.querySelector(`form[data-tool=${key === "a" ? "approve" : "hide"}]`))?.requestSubmit();
    } else if (key === "e" || key === "m") {
      /** @type {HTMLElement | null | undefined} */ (this.current?.querySelector(`a[data-tool=${key === "e" ? "edit" : "merge"}]`))?.click();
    } else if (key === "r") {
      const menu = this.current?.querySelector(".menu--reject");
      menu?.setAttribute("open", "");
      /** @type {HTMLElement | null | undefined} */ (menu?.querySelector("[name=reason]:checked"))?.focus({ preventScroll: true });
    } else {
      return false;
    }
    return true;
  }

  /** @param {string} key */
  actTogether(key) {
    const form = this.root.querySelector("#together");
    if (key === "r") /** @type {HTMLElement | null | undefined} */ (form?.querySelector("select"))?.focus();
    else /** @type {HTMLElement | null | undefined} */ (form?.querySelector(`[value=${key === "a" ? "approve" : "hide"}]`))?.click();
  }
}

/**
 * @param {Element | undefined} card
 * @returns {string}
 */
function nameOf(card) {
  return card?.querySelector(".card__name")?.textContent?.replaceAll("\u00ad", "").trim() ?? "";
}
