// <wall-filter>: searches while typing, follows filters and views without leaving the page; every address can be shared.
import { announce } from "wall/lib/announce.js";
import { fetchPage, swap } from "wall/lib/page.js";

const TYPING = 280;
const REGIONS = ["views", "facets", "results"];

class WallFilter extends HTMLElement {
  constructor() {
    super();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {AbortController | undefined} */
    this.asking = undefined;
    this.follow = this.follow.bind(this);
    this.here = pageOf(location);
    this.back = () => void this.goBack();
    this.settle = () => this.keepPlace();
  }

  connectedCallback() {
    this.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.ask(this.formAddress(), true), TYPING);
    });
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(this.timer);
      void this.ask(this.formAddress(), false);
    });
    document.addEventListener("click", this.follow);
    addEventListener("popstate", this.back);
    addEventListener("scrollend", this.settle);
    showTab();
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.follow);
    removeEventListener("popstate", this.back);
    removeEventListener("scrollend", this.settle);
    this.asking?.abort();
  }

  formAddress() {
    const form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    const url = new URL(form.action);
    for (const [name, value] of new FormData(form)) if (value !== "") url.searchParams.append(name, String(value));
    return url.href;
  }

  /** @param {MouseEvent} event */
  follow(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const address = new URL(link.getAttribute("href") ?? "", location.href); // a link in a drawing has no plain href
    if (!link.closest("[data-swap]") || address.origin !== location.origin || address.pathname !== location.pathname) return;
    if (address.hash && pageOf(address) === this.here) return;
    event.preventDefault();
    void this.ask(address.href, false);
  }

  /** Remember how far the reader had come, for when they come back to this address. */
  keepPlace() {
    if (pageOf(location) === this.here) history.replaceState({ y: scrollY }, "");
  }

  /** The reader went back or forth: show what is at that address, where they were. */
  async goBack() {
    if (pageOf(location) === this.here) return; // only another place on this page
    const { y = 0 } = /** @type {{y?: number}} */ (history.state ?? {});
    await this.take(location.href, false, () => undefined);
    scrollTo({ top: y, behavior: "instant" });
  }

  /**
   * @param {string} address
   * @param {boolean} typing the reader may go on typing: replace the address instead of adding one
   */
  ask(address, typing) {
    return this.take(address, typing, () => history[typing ? "replaceState" : "pushState"](null, "", address));
  }

  /**
   * @param {string} address
   * @param {boolean} typing
   * @param {() => void} arrived
   */
  async take(address, typing, arrived) {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const results = document.getElementById("results");
    results?.setAttribute("aria-busy", "true");
    try {
      const page = await fetchPage(address, asking.signal);
      if (asking.signal.aborted) return;
      arrived();
      this.here = pageOf(location);
      this.takeHidden(page, typing);
      await swap(page, REGIONS);
      showTab();
      const found = document.querySelector(".found strong")?.textContent;
      if (found) announce(found);
    } catch {
      if (!asking.signal.aborted) location.assign(address);
    } finally {
      results?.removeAttribute("aria-busy");
    }
  }

  /**
   * The chosen filters travel as hidden inputs; after a link they are others.
   * @param {Document} page
   * @param {boolean} typing
   */
  takeHidden(page, typing) {
    const row = this.querySelector(".filter__row");
    const fresh = page.querySelector(".filter__row");
    if (!row || !fresh) return;
    for (const old of row.querySelectorAll("input[type=hidden]")) old.remove();
    row.append(...fresh.querySelectorAll("input[type=hidden]"));
    const input = /** @type {HTMLInputElement | null} */ (row.querySelector("#q"));
    if (input && !typing) input.value = /** @type {HTMLInputElement | null} */ (fresh.querySelector("#q"))?.value ?? "";
  }
}

/** On a small phone the tabs scroll: the present one shall be in sight. */
function showTab() {
  const tab = document.querySelector(".views__tab[aria-current]");
  const row = tab?.closest(".views");
  if (!tab || !row) return;
  const beyond = tab.getBoundingClientRect().right - row.getBoundingClientRect().right;
  if (beyond > -32) row.scrollLeft += beyond + 32; // out of the fade
}

/**
 * @param {Location | URL} place
 * @returns {string} which page an address is, whatever place on it
 */
function pageOf(place) {
  return place.pathname + place.search;
}

customElements.define("wall-filter", WallFilter);
