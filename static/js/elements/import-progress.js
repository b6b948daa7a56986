// <import-progress>: looks every two seconds how far an import has come, and opens the next page when it is there.
import { announce } from "wall/lib/announce.js";

class ImportProgress extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.look(), 2000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async look() {
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const bar = page.querySelector("import-progress progress");
    const here = this.querySelector("progress");
    const word = this.querySelector("#come");
    if (!bar || !here || !word || bar.hasAttribute("value") !== here.hasAttribute("value")) {
      announce(page.title);
      location.reload();
      return;
    }
    if (bar.hasAttribute("value")) here.value = Number(bar.getAttribute("value"));
    word.textContent = page.querySelector("#come")?.textContent ?? "";
  }
}

customElements.define("import-progress", ImportProgress);
