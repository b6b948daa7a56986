// <pin-form>: checks while one writes, keeps a draft on this device, sends once, and never loses the words.
import { announce } from "wall/lib/announce.js";
import { Draft } from "wall/lib/draft.js";
import { check, watchLengths } from "wall/lib/check.js";
import { swap } from "wall/lib/page.js";
import { upload } from "wall/lib/upload.js";
import { say } from "wall/lib/words.js";

const PATIENCE = 20_000;
const SETTLE = 250;

class PinForm extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    if (!form) return;
    form.noValidate = true;
    this.form = form;
    this.sending = false;
    /** @type {Draft | undefined} */
    this.draft = undefined;
    const clears = this.dataset["clears"];
    if (clears) new Draft(clears).drop();
    const wall = this.dataset["wall"];
    if (wall) this.keepDraft(form, wall);
    watchLengths(form);
    // Only what was written is judged while writing; what is still empty may come later. The judgement waits until
    // the tap that moved the focus is over: a complaint that comes or goes would push its target away.
    form.addEventListener("focusout", (event) => {
      const field = event.target;
      if (field instanceof HTMLElement) setTimeout(() => check(field, false), SETTLE);
    });
    form.addEventListener("change", (event) => {
      if (event.target instanceof HTMLElement) check(event.target, false);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send(form, event.submitter);
    });
    this.offerPicture(form);
    document.getElementById("complaints")?.focus();
  }

  /**
   * @param {HTMLFormElement} form
   * @param {string} wall
   */
  keepDraft(form, wall) {
    const draft = this.draft = new Draft(wall);
    if (!document.getElementById("complaints") && draft.restore(form)) this.offerToDrop(form, draft);
    form.addEventListener("input", () => draft.keep(form));
    if ("serviceWorker" in navigator && isSecureContext) {
      void navigator.serviceWorker.register("/sw.js").then((known) => known.active?.postMessage("refresh"), () => undefined);
    }
  }

  /**
   * @param {HTMLFormElement} form
   * @param {Draft} draft
   */
  offerToDrop(form, draft) {
    const note = document.createElement("p");
    note.className = "notice draft";
    const text = document.createElement("span");
    text.textContent = say("draft");
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "button button--small";
    drop.textContent = say("draft_drop");
    drop.addEventListener("click", () => {
      draft.drop();
      form.reset();
      note.remove();
      form.querySelector("input:not([type=hidden])")?.dispatchEvent(new Event("input", { bubbles: true }));
      draft.drop();
    });
    note.append(text, drop);
    form.prepend(note);
  }

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement | null} button
   */
  async send(form, button) {
    if (this.sending) return;
    const wrong = [...form.elements].filter((element) => element instanceof HTMLElement && !check(element, true));
    if (wrong.length > 0) {
      const first = /** @type {HTMLElement} */ (wrong[0]);
      first.closest("details")?.setAttribute("open", "");
      first.focus();
      return;
    }
    this.busy(true, button);
    try {
      const work = form.querySelector("proof-of-work");
      if (work) await /** @type {import("wall/elements/proof-of-work.js").ProofOfWork} */ (work).done;
      const body = new URLSearchParams(/** @type {[string, string][]} */ ([...new FormData(form, button)]));
      const response = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE), headers: { Accept: "text/html" } });
      if (response.redirected) {
        this.draft?.drop(); // the wall has it: whoever leaves before the next page has loaded must not find it again
        location.assign(await this.sendPicture(form, response.url, button));
        return;
      }
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (!page.querySelector("pin-form")) throw new Error(`the form was answered with ${response.status}`);
      await swap(page);
      (document.getElementById("complaints") ?? document.getElementById("problem"))?.focus();
    } catch {
      this.busy(false, button);
      this.problem(form, say("pin_failed"));
    }
  }

  /** @param {HTMLFormElement} form */
  offerPicture(form) {
    const part = form.querySelector("[data-picture]");
    const [file, words] = [form.querySelector("#picture"), form.querySelector("#picture_alt")];
    if (!(part instanceof HTMLElement) || !(file instanceof HTMLInputElement) || !(words instanceof HTMLTextAreaElement)) return;
    part.hidden = false;
    const asked = /** @type {HTMLElement | null} */ (words.closest("[data-field]"));
    const chosen = () => {
      words.required = Boolean(file.files?.length);
      if (asked) asked.hidden = !words.required;
      if (!words.required) check(words, true);
    };
    file.addEventListener("change", chosen);
    chosen();
  }

  /**
   * The card is on the wall already; its picture follows, and if it cannot, the next page asks for it again.
   * @param {HTMLFormElement} form
   * @param {string} address of the author's page
   * @param {HTMLElement | null} button
   * @returns {Promise<string>} where to go on
   */
  async sendPicture(form, address, button) {
    const [file, words] = [form.querySelector("#picture"), form.querySelector("#picture_alt")];
    const chosen = file instanceof HTMLInputElement ? file.files?.[0] : undefined;
    if (!chosen || !(words instanceof HTMLTextAreaElement)) return address;
    const there = `${new URL(address).pathname}/image`;
    const body = new FormData();
    body.set("image", chosen);
    body.set("image_alt", words.value);
    const label = button?.querySelector("[data-label]");
    const said = form.querySelector("[data-picture]")?.getAttribute("data-sending") ?? "";
    try {
      if (chosen.size > Number(form.querySelector("[data-picture]")?.getAttribute("data-most"))) return `${there}?again=1`;
      const answer = await upload(there, body, (percent) => {
        if (label) label.textContent = said.replace("{n}", String(percent));
      });
      return answer.status < 300 ? address : `${there}?again=1`;
    } catch {
      return `${there}?again=1`;
    }
  }

  /**
   * @param {boolean} yes
   * @param {HTMLElement | null} button
   */
  busy(yes, button) {
    this.sending = yes;
    const label = button?.querySelector("[data-label]");
    button?.toggleAttribute("aria-disabled", yes);
    if (button && yes) button.setAttribute("aria-disabled", "true");
    if (!label) return;
    label.setAttribute("data-was", label.getAttribute("data-was") ?? label.textContent ?? "");
    label.textContent = yes ? say("sending") : label.getAttribute("data-was");
  }

  /**
   * @param {HTMLFormElement} form
   * @param {string} sentence
   */
  problem(form, sentence) {
    const box = form.querySelector("#problem");
    const text = box?.querySelector("[data-problem]");
    if (!(box instanceof HTMLElement) || !text) return;
    text.textContent = sentence;
    box.hidden = false;
    if (!box.querySelector("button")) {
      const again = document.createElement("button");
      again.type = "button";
      again.className = "button button--small";
      again.textContent = say("retry");
      again.addEventListener("click", () => form.requestSubmit());
      box.append(again);
    }
    box.focus();
    announce(sentence);
  }
}

customElements.define("pin-form", PinForm);
