// <work-progress>: looks every two seconds how far work on the server has come, and opens what comes of it when it is there.
import { announce } from "wall/lib/announce.js";

class WorkProgress extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.look(), 2000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async look() {
    const answer = await fetch(location.href).catch(() => null);
    if (!answer) return;
    if (!answer.ok || !answer.headers.get("content-type")?.startsWith("text/html")) {
      this.open(""); // a document, or why there is none
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const bar = page.querySelector("work-progress progress");
    const here = this.querySelector("progress");
    const word = this.querySelector("#come");
    if (!bar || !here || !word || bar.hasAttribute("value") !== here.hasAttribute("value")) {
      this.open(page.title);
      return;
    }
    if (bar.hasAttribute("value")) here.value = Number(bar.getAttribute("value"));
    const said = page.querySelector("#come")?.textContent ?? "";
    if (word.textContent !== said) word.textContent = said;
  }

  /** @param {string} title */
  open(title) {
    this.disconnectedCallback();
    announce(title || (this.dataset.done ?? ""));
    location.reload();
  }
}

customElements.define("work-progress", WorkProgress);
