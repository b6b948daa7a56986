// <meeting-hint>: asks the server while somebody writes when they meet what it understands, and says so politely.
import { announce } from "wall/lib/announce.js";

const TYPING = 500;

class MeetingHint extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form");
    if (!form) return;
    this.form = form;
    /** @type {string} */
    this.asked = this.question();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {AbortController | undefined} */
    this.asking = undefined;
    /** @param {Event} event */
    this.changed = (event) => {
      const name = event.target instanceof Element ? event.target.getAttribute("name") ?? "" : "";
      if (!name.startsWith("meeting")) return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.ask(), TYPING);
    };
    form.addEventListener("input", this.changed);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.asking?.abort();
    if (this.changed) this.form?.removeEventListener("input", this.changed);
  }

  /**
   * What stands in the fields about the meeting, as a query.
   * @returns {string}
   */
  question() {
    const words = [...new FormData(this.form)].filter(([name, value]) => name.startsWith("meeting") && value !== "");
    return new URLSearchParams(/** @type {[string, string][]} */ (words)).toString();
  }

  async ask() {
    const question = this.question();
    if (question === this.asked) return;
    this.asked = question;
    this.asking?.abort();
    if (!question) return this.replaceChildren();
    const asking = (this.asking = new AbortController());
    try {
      const answer = await fetch(`${this.dataset["from"]}?${question}`, { headers: { Accept: "text/html" }, signal: asking.signal });
      if (!answer.ok) return;
      const part = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".understood");
      if (asking.signal.aborted) return;
      const before = this.textContent;
      this.replaceChildren(...(part ? [document.adoptNode(part)] : []));
      const said = part?.getAttribute("data-said");
      if (said && this.textContent !== before) announce(said);
    } catch { /* without network the words are understood when they are sent */ }
  }
}

customElements.define("meeting-hint", MeetingHint);
