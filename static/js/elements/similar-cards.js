// <similar-cards>: asks the server while somebody types a name whether the network hangs already, and says so politely.
import { announce } from "wall/lib/announce.js";

const TYPING = 400;
const SHORTEST = 3;

class SimilarCards extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form");
    const name = form?.elements.namedItem("name");
    if (!form || !(name instanceof HTMLInputElement)) return;
    this.form = form;
    this.name = name;
    /** @type {string} */
    this.asked = name.value;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {AbortController | undefined} */
    this.asking = undefined;
    this.typed = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.ask(), TYPING);
    };
    name.addEventListener("input", this.typed);
    this.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("[data-anyway]")) this.letBe();
    });
    this.showButton();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.asking?.abort();
    if (this.typed) this.name?.removeEventListener("input", this.typed);
  }

  async ask() {
    const name = this.name?.value.trim() ?? "";
    if (name === this.asked) return;
    this.asked = name;
    this.anyway("");
    this.asking?.abort();
    if (name.length < SHORTEST) return this.replaceChildren();
    const asking = (this.asking = new AbortController());
    try {
      const address = `${this.dataset["from"]}?${new URLSearchParams({ name })}`;
      const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: asking.signal });
      if (!answer.ok) return;
      const part = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".twins");
      if (!asking.signal.aborted) this.show(part);
    } catch { /* without network the question is asked once more on sending */ }
  }

  /** @param {Element | null} part */
  show(part) {
    const before = this.textContent;
    this.replaceChildren(...(part ? [document.adoptNode(part)] : []));
    this.showButton();
    const said = part?.getAttribute("data-said");
    if (said && this.textContent !== before) announce(said);
  }

  /** The button is for those who have this script; the others simply send the form once more. */
  showButton() {
    const button = this.querySelector("[data-anyway]");
    if (button instanceof HTMLElement) button.hidden = false;
  }

  letBe() {
    this.anyway("1");
    this.replaceChildren();
    const next = this.closest(".field")?.nextElementSibling ?? this.nextElementSibling;
    const control = next?.querySelector("input, select, textarea");
    if (control instanceof HTMLElement) control.focus();
  }

  /** @param {string} value */
  anyway(value) {
    const known = this.form?.elements.namedItem("anyway");
    if (known instanceof HTMLInputElement) known.value = value;
  }
}

customElements.define("similar-cards", SimilarCards);
