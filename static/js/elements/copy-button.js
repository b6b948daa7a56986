// <copy-button>: shares an address with the device's own sheet where there is one, otherwise copies it.
import { say } from "wall/lib/words.js";

class CopyButton extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => void this.share(button));
    this.querySelector("input")?.addEventListener("focus", (event) => /** @type {HTMLInputElement} */ (event.target).select());
  }

  /** @param {HTMLButtonElement} button */
  async share(button) {
    const url = this.dataset["share"] ?? this.querySelector("input")?.value ?? location.href;
    const data = { url, title: this.dataset["title"] ?? document.title };
    const touch = matchMedia("(pointer: coarse)").matches;
    if (this.dataset["share"] && touch && "share" in navigator) {
      try { await navigator.share(data); } catch { /* the person closed the sheet */ }
      return;
    }
    const label = button.querySelector("span") ?? button;
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(url);
      label.textContent = say("copied");
    } catch {
      this.querySelector("input")?.select();
      label.textContent = say("copy_failed");
    }
    setTimeout(() => { label.textContent = before; }, 2500);
  }
}

customElements.define("copy-button", CopyButton);
