// Entry: brings in only the elements this page (or a part swapped in later) contains.

/** @type {Record<string, () => Promise<unknown>>} */
const elements = {
  "wall-live": () => import("wall/elements/wall-live.js"),
  "wall-presence": () => import("wall/elements/wall-presence.js"),
  "wall-filter": () => import("wall/elements/wall-filter.js"),
  "card-tools": () => import("wall/elements/card-tools.js"),
  "past-slider": () => import("wall/elements/past-slider.js"),
  "card-watch": () => import("wall/elements/card-watch.js"),
  "picture-form": () => import("wall/elements/picture-form.js"),
  "similar-cards": () => import("wall/elements/similar-cards.js"),
  "meeting-hint": () => import("wall/elements/meeting-hint.js"),
  "proposal-list": () => import("wall/elements/proposal-list.js"),
  "pin-form": () => import("wall/elements/pin-form.js"),
  "proof-of-work": () => import("wall/elements/proof-of-work.js"),
  "copy-button": () => import("wall/elements/copy-button.js"),
  "work-progress": () => import("wall/elements/work-progress.js"),
  "key-help": () => import("wall/elements/key-help.js"),
  "print-button": () => import("wall/elements/print-button.js"),
  "projector-wall": () => import("wall/elements/projector-wall.js"),
};

export function enliven() {
  for (const [name, load] of Object.entries(elements)) {
    if (!customElements.get(name) && document.querySelector(name)) void load();
  }
}

/** Menus made of <details> close on Escape and when one looks elsewhere. */
function closeMenus() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !(event.target instanceof Element)) return;
    const open = event.target.closest("details.menu[open]");
    if (!open) return;
    open.removeAttribute("open");
    open.querySelector("summary")?.focus();
  });
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.menu[open]")) {
      if (event.target instanceof Node && !open.contains(event.target)) open.removeAttribute("open");
    }
  });
}

/** Cards far from the window have only a guessed height: once those on the way are drawn, go to the one in the address again. */
function findAgain() {
  const target = location.hash.startsWith("#card-") ? document.getElementById(location.hash.slice(1)) : null;
  if (!target || scrollY === 0) return;
  requestAnimationFrame(() => requestAnimationFrame(() => target.scrollIntoView({ block: "center", behavior: "instant" })));
}

document.addEventListener("wall:swapped", enliven);
closeMenus();
enliven();
addEventListener("load", findAgain);
addEventListener("hashchange", findAgain);
