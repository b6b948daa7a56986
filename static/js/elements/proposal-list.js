// <proposal-list>: the queue's part with proposed changes and reports, taken anew when the wall says there are others.
import { fetchPage } from "wall/lib/page.js";

class ProposalList extends HTMLElement {
  constructor() {
    super();
    this.heard = (/** @type {Event} */ event) => {
      if (event instanceof CustomEvent && event.detail === "proposals") void this.refresh();
    };
  }

  connectedCallback() {
    document.addEventListener("wall:note", this.heard);
  }

  disconnectedCallback() {
    document.removeEventListener("wall:note", this.heard);
  }

  async refresh() {
    // What cannot be fetched now comes with the next note or the next look at the page. Only this part is taken: the
    // lists of cards beside it keep their own count of what they have heard.
    const page = await fetchPage(location.pathname).catch(() => undefined);
    const fresh = page?.getElementById(this.id);
    if (fresh) this.replaceChildren(...fresh.childNodes);
    const counts = [...(page?.querySelectorAll("[data-proposed]") ?? [])];
    for (const [place, old] of document.querySelectorAll("[data-proposed]").entries()) old.replaceWith(counts[place] ?? old);
  }
}

customElements.define("proposal-list", ProposalList);
