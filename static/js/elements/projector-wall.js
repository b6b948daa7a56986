// <projector-wall>: shows a hall the whole wall: pans slowly when it does not fit, holds up the newest card, keeps the screen awake.
import { calm } from "wall/lib/page.js";
import { say } from "wall/lib/words.js";

const SPEED = 26; // px a second
const STEP = 12_000;
const SHOWN = 6000;

class ProjectorWall extends HTMLElement {
  constructor() {
    super();
    /** @type {Animation | undefined} */
    this.pan = undefined;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.steps = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.spotTimer = undefined;
    /** @type {HTMLElement[]} */
    this.toShow = [];
    this.paused = false;
    this.stop = new AbortController();
    this.resized = new ResizeObserver(() => this.move());
  }

  connectedCallback() {
    const { signal } = this.stop = new AbortController();
    document.addEventListener("wall:changed", (event) => this.changed(/** @type {CustomEvent} */ (event).detail.inserted), { signal });
    document.addEventListener("keydown", (event) => { if (event.key === "p") this.toggle(); }, { signal });
    document.addEventListener("visibilitychange", () => void this.stayAwake(), { signal });
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-act]"))) {
      button.hidden = false;
      button.addEventListener("click", () => (button.dataset["act"] === "pause" ? this.toggle() : void fullScreen()), { signal });
    }
    this.resized.observe(this.list);
    this.resized.observe(this.frame);
    this.move();
    void this.stayAwake();
  }

  disconnectedCallback() {
    this.stop.abort();
    this.resized.disconnect();
    this.rest();
    clearTimeout(this.spotTimer);
  }

  get list() { return /** @type {HTMLElement} */ (this.querySelector("[data-cards]")); }
  get frame() { return /** @type {HTMLElement} */ (this.querySelector(".screen__window")); }
  get way() { return Math.max(0, this.list.offsetHeight - this.frame.clientHeight); }

  rest() {
    this.pan?.cancel();
    this.pan = undefined;
    clearInterval(this.steps);
  }

  /** Start the slow way down and up again, from where the wall stands. */
  move() {
    const at = this.at();
    this.rest();
    this.toggleAttribute("data-pans", this.way > 8);
    if (this.way <= 8) return;
    if (calm()) {
      this.list.style.setProperty("translate", `0 ${-Math.min(at, this.way)}px`);
      if (!this.paused) this.steps = setInterval(() => this.step(), STEP);
      return;
    }
    const span = (this.way / SPEED) * 1000;
    const hold = 4000 / (span + 8000);
    this.pan = this.list.animate(
      [{ translate: "0 0", offset: 0 }, { translate: "0 0", offset: hold }, { translate: `0 ${-this.way}px`, offset: 1 - hold }, { translate: `0 ${-this.way}px`, offset: 1 }],
      { duration: span + 8000, iterations: Infinity, direction: "alternate" },
    );
    this.pan.currentTime = at === 0 ? 0 : 4000 + (at / SPEED) * 1000;
    if (this.paused) this.pan.pause();
  }

  /** @returns {number} how far down the wall is now */
  at() {
    const now = getComputedStyle(this.list).translate.split(" ")[1];
    return now ? Math.min(this.way, -parseFloat(now)) : 0;
  }

  step() {
    const at = this.at();
    const next = at >= this.way ? 0 : Math.min(this.way, at + this.frame.clientHeight * 0.85);
    this.list.style.setProperty("translate", `0 ${-next}px`);
  }

  toggle() {
    this.paused = !this.paused;
    const button = document.querySelector("[data-act=pause]");
    button?.setAttribute("aria-pressed", String(this.paused));
    const label = button?.querySelector("span");
    if (label) label.textContent = say(this.paused ? "play" : "pause");
    this.move();
  }

  /** @param {HTMLElement[]} cards */
  changed(cards) {
    this.toShow.push(...cards);
    if (cards.length) requestAnimationFrame(() => this.move());
    if (this.spotTimer === undefined) this.spot();
  }

  /** Hold up the newest card; in a burst each gets its turn, the longer the queue the shorter. */
  spot() {
    const box = /** @type {HTMLElement} */ (this.querySelector("[data-newest]"));
    const place = /** @type {HTMLElement} */ (this.querySelector("[data-spot]"));
    const card = this.toShow.shift();
    if (!card) {
      box.hidden = true;
      place.replaceChildren();
      this.spotTimer = undefined;
      return;
    }
    const copy = /** @type {HTMLElement} */ (card.cloneNode(true));
    for (const named of [copy, ...copy.querySelectorAll("[id]")]) named.removeAttribute("id");
    copy.querySelector("[aria-labelledby]")?.removeAttribute("aria-labelledby");
    copy.inert = true;
    place.replaceChildren(copy);
    box.hidden = false;
    this.spotTimer = setTimeout(() => this.spot(), Math.max(1500, SHOWN / (1 + this.toShow.length / 4)));
  }

  async stayAwake() {
    if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    try { await navigator.wakeLock.request("screen"); } catch { /* the battery may be low; the wall goes on */ }
  }
}

async function fullScreen() {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  } catch { /* the browser may say no */ }
}

customElements.define("projector-wall", ProjectorWall);
