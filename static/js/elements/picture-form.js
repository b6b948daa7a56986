// <picture-form>: shows what was chosen, refuses at once what cannot be taken, and says how far the sending has come.
import { announce } from "wall/lib/announce.js";
import { check } from "wall/lib/check.js";
import { swap } from "wall/lib/page.js";
import { upload } from "wall/lib/upload.js";

const KINDS = ["image/jpeg", "image/png", "image/webp", "image/avif"];

class PictureForm extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    if (!form) return;
    this.form = form;
    this.sending = false;
    form.noValidate = true;
    form.addEventListener("change", (event) => {
      if (event.target === this.file()) this.look();
      else if (event.target instanceof HTMLElement) check(event.target, false);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(form);
    });
  }

  /** @returns {HTMLInputElement} */
  file() {
    return /** @type {HTMLInputElement} */ (this.querySelector("input[type=file]"));
  }

  /** @returns {boolean} whether what was chosen may be sent */
  look() {
    const chosen = this.file().files?.[0];
    const preview = this.querySelector("[data-preview]");
    if (preview instanceof HTMLImageElement) {
      URL.revokeObjectURL(preview.src);
      preview.hidden = true;
    }
    this.problem("");
    if (!chosen) {
      if (this.file().required) this.problem(this.dataset["unsupported"] ?? "");
      return !this.file().required;
    }
    if (chosen.size > Number(this.dataset["most"])) this.problem(this.dataset["tooLarge"] ?? "");
    else if (!KINDS.includes(chosen.type)) this.problem(this.dataset["unsupported"] ?? "");
    else return this.preview(chosen, preview);
    return false;
  }

  /**
   * @param {File} chosen
   * @param {Element | null} preview
   */
  preview(chosen, preview) {
    if (preview instanceof HTMLImageElement) {
      const reader = new FileReader();
      reader.addEventListener("load", () => {
        preview.src = String(reader.result);
        preview.hidden = false;
      });
      reader.readAsDataURL(chosen);
    }
    return true;
  }

  /** @param {HTMLFormElement} form */
  send(form) {
    if (this.sending) return;
    const words = form.querySelector("textarea");
    if (!this.look()) return;
    if (words && !check(words, true)) return words.focus();
    this.busy(true);
    upload(form.action, new FormData(form), (percent) => this.progress(percent)).then((request) => this.answered(form, request)).catch(() => this.failed());
  }

  /** @param {number} percent */
  progress(percent) {
    const bar = this.querySelector("progress");
    if (bar) bar.value = percent;
    if (percent === 100) this.say(this.dataset["working"] ?? "", true);
    else this.say((this.dataset["sending"] ?? "").replace("{n}", String(percent)), false);
  }

  /**
   * @param {string} sentence
   * @param {boolean} aloud
   */
  say(sentence, aloud) {
    const word = this.querySelector("[data-word]");
    if (word) word.textContent = sentence;
    if (aloud) announce(sentence);
  }

  /**
   * @param {HTMLFormElement} form
   * @param {XMLHttpRequest} request
   */
  async answered(form, request) {
    if (request.status < 300 && new URL(request.responseURL).pathname !== new URL(form.action).pathname) {
      location.assign(request.responseURL);
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    if (!page.querySelector("picture-form")) return this.failed();
    this.busy(false);
    const sentence = page.querySelector("#problem:not([hidden]) [data-problem]")?.textContent;
    if (sentence) return this.problem(sentence);
    await swap(page);
    document.querySelector("#image_alt")?.scrollIntoView({ block: "center" });
  }

  failed() {
    this.busy(false);
    this.problem(this.dataset["failed"] ?? "");
  }

  /** @param {boolean} yes */
  busy(yes) {
    this.sending = yes;
    const upload = this.querySelector("[data-upload]");
    if (upload instanceof HTMLElement) upload.hidden = !yes;
    const button = this.querySelector(".form__send button");
    if (yes) button?.setAttribute("aria-disabled", "true");
    else button?.removeAttribute("aria-disabled");
  }

  /** @param {string} sentence empty: all is well */
  problem(sentence) {
    const box = this.querySelector("#problem");
    const text = box?.querySelector("[data-problem]");
    if (!(box instanceof HTMLElement) || !text) return;
    text.textContent = sentence;
    box.hidden = sentence === "";
    if (sentence) box.focus();
  }
}

customElements.define("picture-form", PictureForm);
