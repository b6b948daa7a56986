// <wall-live>: keeps the page equal to the wall and says how fresh it is.
import { apply } from "wall/lib/apply.js";
import { announce } from "wall/lib/announce.js";
import { showCounts } from "wall/lib/counts.js";
import { Presence, showBusy, showPinning } from "wall/lib/presence.js";
import { Refused, fetchPage, swap } from "wall/lib/page.js";
import { Follower } from "wall/lib/follow.js";
import { FINAL, LiveSocket } from "wall/lib/socket.js";
import { toast } from "wall/lib/toast.js";
import { clock, say, sayCount } from "wall/lib/words.js";

/**
 * @typedef {import("wall/lib/socket.js").Frame} Frame
 * @typedef {import("wall/lib/socket.js").LiveState} LiveState
 * @typedef {import("wall/lib/apply.js").Change} Change
 * @typedef {import("wall/lib/apply.js").CardChange} CardChange
 */

const TOP = 240;

export class WallLive extends HTMLElement {
  constructor() {
    super();
    this.socket = new LiveSocket({
      address: () => this.address(),
      frame: (frame) => this.take(frame),
      state: (state) => this.show(state),
    });
    /** @type {Map<string, CardChange>} cards that wait for the reader */
    this.held = new Map();
    /** cards that the filters let through and that wait, too: the server knows which */
    this.heldElsewhere = 0;
    this.follower = new Follower({
      filtered: () => this.filtered,
      mayInsert: () => this.mayInsert(),
      watching: () => this.watching,
      held: (n) => { this.heldElsewhere = n; this.showHeld(); },
      greet: (cards) => this.greet(cards),
    });
    this.revision = 0;
    this.epoch = "";
    this.heardAt = new Date();
    this.watching = 0;
    this.pinning = 0;
    /** @type {import("wall/lib/presence.js").Doing[]} */
    this.doing = [];
    this.presence = new Presence((said) => this.socket.say(said));
    this.look = (/** @type {Event} */ event) => this.presence.at("looking", /** @type {CustomEvent<string>} */ (event).detail);
    /** @type {LiveState} */
    this.state = "connecting";
    this.resync = () => this.readPage();
  }

  connectedCallback() {
    this.watching = Number(this.dataset["watching"] ?? 0);
    this.pinning = Number(this.dataset["pinning"] ?? 0);
    this.readPage();
    document.addEventListener("wall:swapped", this.resync);
    document.addEventListener("wall:looking", this.look);
    const current = /** @type {HTMLElement | null} */ (document.querySelector(".is-current[data-card]"));
    if (current) this.presence.at("looking", current.dataset["card"] ?? ""); // chosen before this script was there
    this.follower.start();
    this.socket.start();
  }

  disconnectedCallback() {
    document.removeEventListener("wall:swapped", this.resync);
    document.removeEventListener("wall:looking", this.look);
    this.presence.done();
    this.follower.stop();
    this.socket.stop();
  }

  /** Whether what is shown is not simply the wall as it hangs. */
  get filtered() {
    return this.main.dataset["filtered"] !== undefined;
  }

  get main() {
    return /** @type {HTMLElement} */ (document.querySelector("main"));
  }

  /** Take revision and epoch from the page; come back where frames between the two may be missing. */
  readPage() {
    const { revision = "0", epoch = "" } = this.main.dataset;
    const behind = Number(revision) < this.revision || epoch !== this.epoch;
    this.revision = Number(revision);
    this.epoch = epoch;
    this.held.clear();
    this.heldElsewhere = 0;
    this.showHeld();
    this.showOthers();
    if (behind || !this.socket.socket) this.socket.restart();
  }

  address() {
    const url = new URL(`/w/${this.dataset["slug"]}/live`, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.search = new URLSearchParams({
      since: String(this.revision), epoch: this.epoch, as: "html", lang: document.documentElement.lang,
    }).toString();
    return url.href;
  }

  /** @param {Frame} frame */
  take(frame) {
    this.heardAt = new Date();
    if (frame.type === "presence") {
      this.watching = frame.watching;
      this.pinning = frame.pinning;
      this.doing = frame.doing ?? [];
      this.show(this.state);
      this.showOthers();
    } else if (frame.type === "note") {
      document.dispatchEvent(new CustomEvent("wall:note", { detail: frame.what }));
    } else if (frame.type === "hello") {
      this.presence.again();
      if (frame.release !== document.documentElement.dataset["release"]) this.offerRelease();
    } else if (frame.type === "reset") {
      void this.reset();
    } else if (frame.type === "change" && frame.revision > this.revision) {
      this.revision = frame.revision;
      this.main.dataset["revision"] = String(frame.revision);
      this.change(frame);
    }
  }

  /** @param {Extract<Frame, {type: "change"}>} frame */
  change(frame) {
    for (const card of frame.cards) this.held.delete(card.id);
    for (const id of frame.removed) this.held.delete(id);
    const filtered = this.filtered;
    const done = apply(this.main, frame, { hold: () => filtered || !this.mayInsert() });
    if (!filtered) for (const card of done.held) this.held.set(card.id, card);
    this.follower.soon();
    this.showHeld();
    this.greet(done.inserted);
    showCounts(this.main, frame.count, frame.waiting);
    this.showOthers();
    for (const element of done.updated.slice(0, 1)) announce(say("said_changed", { name: nameOf(element) }));
    this.dispatchEvent(new CustomEvent("wall:changed", { bubbles: true, detail: done }));
  }

  /** A new card may appear by itself where it moves nothing under the reader's eyes or finger. */
  mayInsert() {
    return document.body.matches(".projector, .queue-page") || scrollY < TOP;
  }

  /** @param {HTMLElement[]} cards */
  greet(cards) {
    for (const element of cards) {
      element.classList.add("is-new");
      announce(say("said_new", { name: nameOf(element) }));
    }
  }

  showHeld() {
    let button = /** @type {HTMLButtonElement | null} */ (document.getElementById("held"));
    const held = this.held.size + this.heldElsewhere;
    if (held === 0) { button?.remove(); return; }
    if (!button) {
      button = document.createElement("button");
      button.id = "held";
      button.type = "button";
      button.className = "button button--go held";
      button.addEventListener("click", () => void this.release());
      document.body.append(button);
    }
    button.textContent = sayCount("new", held);
  }

  /** The reader asked for the waiting cards: put them in and show the first. */
  async release() {
    const cards = [...this.held.values()];
    if (this.filtered) { await this.refetch(); return; }
    this.held.clear();
    this.showHeld();
    const done = apply(this.main, { revision: this.revision, cards, removed: [] });
    this.greet(done.inserted);
    showCounts(this.main);
    const first = done.inserted[0];
    first?.scrollIntoView({ block: "center", inline: "center" });
    first?.querySelector("a")?.focus({ preventScroll: true });
  }

  async reset() {
    this.socket.drop();
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 2000));
    await this.refetch();
  }

  async refetch() {
    try {
      await swap(await fetchPage(location.href));
    } catch (error) {
      const final = error instanceof Refused ? FINAL[4000 + error.status] : undefined;
      if (final) this.socket.stop();
      this.show(final ?? "offline");
      if (!final) setTimeout(() => void this.refetch(), 3000 + Math.random() * 7000);
    }
  }

  /** @param {LiveState} state */
  show(state) {
    this.state = state;
    this.dataset["state"] = state;
    const words = state === "offline" ? say("offline", { time: clock(this.heardAt) }) : say(state);
    /** @type {string[]} */
    const counts = [];
    if (state === "live" && this.watching > 1) counts.push(sayCount("watching", this.watching));
    if (state === "live" && this.pinning > 0) counts.push(sayCount("pinning", this.pinning));
    const parts = counts.map((count) => {
      const part = document.createElement("span");
      part.className = "pulse__count";
      part.textContent = ` · ${count}`;
      return part;
    });
    this.replaceChildren(words, ...parts);
  }

  showOthers() {
    showBusy(this.doing, Number(this.dataset["me"]));
    showPinning(this.state === "live" ? this.pinning : 0);
  }

  offerRelease() {
    if (document.body.matches(".projector")) {
      // Nobody attends to a projector: it renews itself, but never twice in a minute.
      if (performance.now() > 60_000) setTimeout(() => location.reload(), Math.random() * 10_000);
      return;
    }
    toast(say("release"), { action: say("reload"), act: () => location.reload(), stay: true, key: "release" });
  }
}

/**
 * @param {HTMLElement} element
 * @returns {string}
 */
function nameOf(element) {
  return element.querySelector(".card__name")?.textContent?.trim() ?? "";
}

customElements.define("wall-live", WallLive);
