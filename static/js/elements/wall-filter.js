// <wall-filter>: searches while typing and follows filter links without leaving the page; the address stays shareable.
import { announce } from "wall/lib/announce.js";
import { fetchPage, swap } from "wall/lib/page.js";

const TYPING = 280;

class WallFilter extends HTMLElement {
  constructor() {
    super();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {AbortController | undefined} */
    this.asking = undefined;
    this.follow = this.follow.bind(this);
    this.back = () => location.reload();
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
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.follow);
    removeEventListener("popstate", this.back);
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
    if (link.getAttribute("href")?.startsWith("#")) { link.closest("details")?.removeAttribute("open"); return; }
    if (!link.hasAttribute("data-swap") && !link.closest(".facets")) return;
    event.preventDefault();
    void this.ask(link.href, false);
  }

  /**
   * @param {string} address
   * @param {boolean} typing the reader may go on typing: replace the address instead of adding one
   */
  async ask(address, typing) {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const results = document.getElementById("results");
    results?.setAttribute("aria-busy", "true");
    try {
      const page = await fetchPage(address, asking.signal);
      if (asking.signal.aborted) return;
      history[typing ? "replaceState" : "pushState"](null, "", address);
      this.takeHidden(page, typing);
      await swap(page, ["facets", "results"]);
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

customElements.define("wall-filter", WallFilter);
