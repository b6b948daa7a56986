// <card-tools>: sends the moderators' forms without leaving the page, says what happened, and adds dragging.
import { fetchPage, swap } from "wall/lib/page.js";
import { dragging } from "wall/lib/drag.js";
import { toast } from "wall/lib/toast.js";
import { say } from "wall/lib/words.js";

/** @typedef {{ok: boolean, detail?: string}} Outcome */

class CardTools extends HTMLElement {
  connectedCallback() {
    if (this.dataset["ready"]) return;
    this.dataset["ready"] = "true";
    this.addEventListener("submit", (event) => {
      const form = /** @type {HTMLFormElement} */ (event.target);
      const tool = form.dataset["tool"];
      if (!tool) return;
      event.preventDefault();
      const words = new FormData(form, event.submitter instanceof HTMLElement ? event.submitter : null);
      void this.send(form, form.getAttribute("action") ?? "", words, tool);
    });
    dragging(this, (card, section, after) => {
      const words = new FormData();
      words.set("section", section);
      words.set("after", after);
      const action = card.querySelector("form[data-tool=move]")?.getAttribute("action");
      return action ? this.send(card, action, words, "move") : Promise.resolve(false);
    });
  }

  /**
   * @param {HTMLElement} busy
   * @param {string} address
   * @param {FormData} words
   * @param {string} tool
   * @returns {Promise<boolean>}
   */
  async send(busy, address, words, tool) {
    if (busy.getAttribute("aria-busy")) return false;
    busy.setAttribute("aria-busy", "true");
    const outcome = await post(address, words);
    busy.removeAttribute("aria-busy");
    if (!outcome.ok) {
      toast(outcome.detail ?? say("failed"), { bad: true, key: address });
      return false;
    }
    toast(say(`done_${tool}`));
    busy.closest("details.menu")?.removeAttribute("open");
    await this.refresh();
    return true;
  }

  /** Where no live connection brings the change, take the page anew. */
  async refresh() {
    const live = document.querySelector("wall-live[data-state=live]");
    if (live && !this.hasAttribute("data-reload")) return;
    try { await swap(await fetchPage(location.href)); } catch { toast(say("changed"), { action: say("reload"), act: () => location.reload() }); }
  }
}

/**
 * @param {string} address
 * @param {FormData} words
 * @returns {Promise<Outcome>}
 */
async function post(address, words) {
  try {
    const body = new URLSearchParams(/** @type {[string, string][]} */ ([...words]));
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    if (response.ok) return { ok: true };
    const problem = await response.json().catch(() => ({}));
    return { ok: false, detail: problem.detail ?? problem.title };
  } catch {
    return { ok: false, detail: say("no_network") };
  }
}

customElements.define("card-tools", CardTools);
