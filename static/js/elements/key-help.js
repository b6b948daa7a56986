// <key-help>: keys for those who read a wall by keyboard, a list of them under "?", and a way to have none of them.

const OFF = "keys-off"; // kept only where somebody switched them off

class KeyHelp extends HTMLElement {
  /** @type {AbortController | null} */
  #life = null;

  connectedCallback() {
    this.hidden = false;
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.querySelector("button[data-open]")?.addEventListener("click", () => this.#toggle(), { signal });
    const box = this.#box;
    if (box) {
      box.checked = !off();
      box.addEventListener("change", () => keep(!box.checked), { signal });
    }
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  disconnectedCallback() {
    this.#life?.abort();
  }

  get #box() {
    return /** @type {HTMLInputElement | null} */ (this.querySelector("[data-keys]"));
  }

  get #dialog() {
    return /** @type {HTMLDialogElement | null} */ (this.querySelector("dialog"));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || off()) return;
    if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (this.#dialog?.open && event.key !== "?") return;
    if (this.#act(event.key)) event.preventDefault();
  }

  /**
   * @param {string} key
   * @returns {boolean} whether it meant something here
   */
  #act(key) {
    if (key === "?") return this.#toggle();
    if (key === "/") return focus(document.querySelector("#q"));
    if (key === "j" || key === "k") return focus(this.#card(key === "j" ? 1 : -1));
    const to = document.querySelector(key === "n" ? "a[data-key-pin]" : /^[1-9]$/.test(key) ? `.views li:nth-of-type(${key}) a` : "a[data-key-none]");
    if (!(to instanceof HTMLElement)) return false;
    to.click();
    return true;
  }

  #toggle() {
    if (this.#dialog?.open) this.#dialog.close();
    else this.#dialog?.showModal();
    return true;
  }

  /**
   * @param {number} by
   * @returns {Element | undefined} the link of the card after or before the one that has the focus, or that is in sight
   */
  #card(by) {
    const links = [...document.querySelectorAll("#results .card__name a, #results th[scope=row] a")];
    const here = links.findIndex((link) => link.closest("li, tr")?.contains(document.activeElement));
    if (here >= 0) return links[here + by];
    return links.find((link) => link.getBoundingClientRect().top >= 0) ?? links[0];
  }
}

/** @returns {boolean} whether somebody wants no keys; a frame in a foreign page may not be let ask */
function off() {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false;
  }
}

/** @param {boolean} none whether there are to be no keys */
function keep(none) {
  try {
    if (none) localStorage.setItem(OFF, "1");
    else localStorage.removeItem(OFF);
  } catch {
    // then it holds for as long as the page is open, by its box
  }
}

/**
 * @param {Element | null | undefined} element
 * @returns {boolean}
 */
function focus(element) {
  if (!(element instanceof HTMLElement)) return false;
  element.focus();
  element.scrollIntoView({ block: "nearest" });
  return true;
}

customElements.define("key-help", KeyHelp);

export {};
