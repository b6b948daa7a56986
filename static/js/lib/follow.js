// Keeps what the server counted or chose true while the wall changes: filter counts, and every view but the plain wall.
import { fetchPage, swap } from "wall/lib/page.js";

const SOON = 1200;
/** The more look, the longer each waits: up to 1,200 together ask the server some twenty times a second at most. */
const EACH = 100;
const LONGEST = 120_000;

export class Follower {
  /** @param {{filtered: () => boolean, mayInsert: () => boolean, watching: () => number, held: (n: number) => void, greet: (cards: HTMLElement[]) => void}} on */
  constructor(on) {
    this.on = on;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.seen = () => { if (document.visibilityState === "visible" && this.due) this.soon(); };
    this.due = false;
  }

  start() { document.addEventListener("visibilitychange", this.seen); }

  stop() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.seen);
  }

  /** The wall has changed: look again, in a while. */
  soon() {
    this.due = true;
    if (this.timer !== undefined || !document.getElementById("facets")) return;
    const spread = Math.min(LONGEST, Math.max(1000, this.on.watching() * EACH));
    this.timer = setTimeout(() => void this.look(), SOON + Math.random() * spread);
  }

  async look() {
    this.timer = undefined;
    if (document.visibilityState !== "visible") return; // it stays due
    this.due = false;
    try {
      if (this.on.filtered()) await this.refresh();
      else count(await fetchPage(`${location.pathname}?part=facets`));
    } catch {
      this.due = true; // the next change, or coming back, asks again
    }
  }

  /** Take the results anew where they changed; new cards wait where the reader is not at the top. */
  async refresh() {
    const address = location.href;
    const fresh = await fetchPage(address);
    if (location.href !== address) return;
    const now = document.getElementById("results");
    const then = fresh.getElementById("results");
    if (!now || !then) return;
    const known = new Set(idsIn(now));
    const added = idsIn(then).filter((id) => !known.has(id));
    if (added.length && !this.on.mayInsert()) {
      this.on.held(added.length);
    } else if (words(now) !== words(then)) {
      await swap(fresh, ["facets", "results"]);
      this.on.greet(added.flatMap((id) => document.getElementById(id) ?? []));
    }
    count(fresh);
  }
}

/** @param {Element} place */
const words = (place) => (place.textContent ?? "").replace(/\s+/g, " ").trim();

/**
 * @param {Element} place
 * @returns {string[]} ids of the cards in it
 */
const idsIn = (place) => [...place.querySelectorAll("[data-card]")].map((card) => card.id);

/**
 * Put the counts of another page's filters into this one's. Nothing moves while somebody is choosing.
 * @param {Document} fresh
 */
export function count(fresh) {
  const now = document.getElementById("facets");
  const then = fresh.getElementById("facets");
  if (!now || !then) return;
  const busy = now.contains(document.activeElement) || now.querySelector("details[open]");
  const names = (/** @type {Element} */ place) => [...place.querySelectorAll("a[id]")].map((link) => link.id).join(" ");
  if (names(now) !== names(then) && !busy) {
    if (now instanceof HTMLDetailsElement && then instanceof HTMLDetailsElement) then.open = now.open;
    now.replaceWith(document.adoptNode(then));
    return;
  }
  for (const link of now.querySelectorAll("a[id]")) {
    const place = link.querySelector(".facet__count");
    const number = fresh.getElementById(link.id)?.querySelector(".facet__count")?.textContent ?? "0";
    if (place && place.textContent !== number) place.textContent = number;
  }
}
