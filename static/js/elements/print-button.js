// <print-button>: shows its button only where the browser can print.
class PrintButton extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

customElements.define("print-button", PrintButton);

export {};
