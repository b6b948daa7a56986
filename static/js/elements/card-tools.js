// <card-tools>: sends the moderators' forms without leaving the page, says what happened, offers to undo it, and adds dragging.
import { fetchPage, swap } from "wall/lib/page.js";
import { dragging } from "wall/lib/drag.js";
import { Queue } from "wall/lib/queue.js";
import { toast } from "wall/lib/toast.js";
import { say } from "wall/lib/words.js";

/** @typedef {{ok: boolean, said?: string, revisions?: number[], missed?: number}} Outcome */

const TIME_TO_UNDO = 12_000;
/** What was done on this page and not yet undone. @type {number[][]} */
const done = [];

class CardTools extends HTMLElement {
  connectedCallback() {
    if (this.dataset["queue"] !== undefined) this.queue = new Queue(this, () => void this.undoLast());
    if (this.dataset["ready"]) return;
    this.dataset["ready"] = "true";
    /** Writes go one after the other, however fast somebody is. @type {Promise<unknown>} */
    this.line = Promise.resolve();
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

  disconnectedCallback() {
    this.queue?.stop();
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
    busy.closest("details.menu")?.removeAttribute("open");
    const decided = this.queue?.decided(busy, tool, words) ?? [];
    const outcome = await this.post(address, words);
    busy.removeAttribute("aria-busy");
    if (!outcome.ok) {
      this.queue?.putBack(decided);
      toast(outcome.said ?? say("failed"), { bad: true, key: address });
      await this.refresh();
      return false;
    }
    if (outcome.missed) this.queue?.putBack(decided);
    this.tell(outcome, tool);
    if (busy.matches(".notice")) busy.remove();
    await this.refresh();
    return true;
  }

  /**
   * Say what was done and offer to take it back.
   * @param {Outcome} outcome
   * @param {string} tool
   */
  tell(outcome, tool) {
    const revisions = outcome.revisions ?? [];
    if (tool !== "undo" && revisions.length) done.push(revisions);
    const label = this.dataset[tool === "undo" ? "redo" : "undo"];
    const undo = label && revisions.length ? { action: label, act: () => void this.undo(revisions) } : {};
    toast(outcome.said ?? "", { key: "done", lasts: TIME_TO_UNDO, ...undo });
  }

  /** @param {number[]} revisions */
  async undo(revisions) {
    if (done.includes(revisions)) done.splice(done.indexOf(revisions), 1);
    const words = new FormData();
    for (const revision of revisions) words.append("revision", String(revision));
    this.queue?.expectBack(true);
    const outcome = await this.post(`/w/${this.dataset["slug"]}/undo`, words);
    if (outcome.ok) {
      this.tell(outcome, "undo");
    } else {
      this.queue?.expectBack(false);
      toast(outcome.said ?? say("failed"), { bad: true, key: "undo" });
    }
    await this.refresh();
  }

  async undoLast() {
    await this.line;
    const revisions = done.at(-1);
    if (revisions) await this.undo(revisions);
    else /** @type {HTMLFormElement | null} */ (this.querySelector("form.notice[data-tool=undo]:has(button)"))?.requestSubmit();
  }

  /**
   * @param {string} address
   * @param {FormData} words
   * @returns {Promise<Outcome>}
   */
  post(address, words) {
    const sent = (this.line ?? Promise.resolve()).then(() => post(address, words));
    this.line = sent;
    return sent;
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
    const answer = await response.json().catch(() => ({}));
    return response.ok ? { ok: true, ...answer } : { ok: false, said: answer.detail ?? answer.title };
  } catch {
    return { ok: false, said: say("no_network") };
  }
}

customElements.define("card-tools", CardTools);
