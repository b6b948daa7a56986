// Applies a change frame to the lists of a page: replaces by id, inserts in order, removes; never writes card markup itself.

/**
 * @typedef {import("wall/lib/socket.js").CardChange} CardChange
 * @typedef {{revision: number, cards: CardChange[], removed: string[]}} Change
 * @typedef {{inserted: HTMLElement[], updated: HTMLElement[], removed: string[], held: CardChange[]}} Applied
 */

/**
 * Whether a list shows a card in this state.
 * @param {HTMLElement} list
 * @param {{status: string, hidden: boolean, section: string}} card
 * @returns {boolean}
 */
export function shows(list, card) {
  const section = list.dataset["section"];
  if (section !== undefined && section !== card.section) return false;
  const away = /** @type {Record<string, string>} */ ({ approved: "hidden", pending: "aside" });
  const state = card.hidden ? away[card.status] ?? card.status : card.status;
  return (list.dataset["shows"] ?? "").split(" ").includes(state);
}

/**
 * The card's place by (position, id), compared by code unit.
 * @param {string} position
 * @param {string} id
 * @param {HTMLElement} other
 * @returns {boolean} true when the card stands before the other
 */
export function before(position, id, other) {
  const place = other.dataset["position"] ?? "";
  return position === place ? id < (other.dataset["card"] ?? "") : position < place;
}

/**
 * Put a card into its list: by its place on the wall, or in the order in which cards were pinned.
 * @param {HTMLElement} list
 * @param {HTMLElement} element
 */
function place(list, element) {
  const { position = "", card = "", pinned } = element.dataset;
  const others = /** @type {HTMLElement[]} */ ([...list.children]).filter((other) => other !== element);
  const next = list.dataset["order"] === "arrival"
    ? others.find((other) => Number(pinned) < Number(other.dataset["pinned"]))
    : others.find((other) => before(position, card, other));
  if (next) {
    if (element.nextElementSibling !== next || element.parentElement !== list) list.insertBefore(element, next);
  } else if (list.lastElementChild !== element) {
    list.append(element);
  }
}

/**
 * Put a fresh card where the old one was and give it back the focus and the open menu it had.
 * @param {HTMLElement} old
 * @param {HTMLElement} fresh
 */
function replace(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const focusables = "a, button, summary, select, input";
  const index = focused ? [...old.querySelectorAll(focusables)].indexOf(focused) : -1;
  const open = [...old.querySelectorAll("details")].map((details) => details.open);
  old.replaceWith(fresh);
  fresh.querySelectorAll("details").forEach((details, i) => { details.open = open[i] ?? false; });
  const target = fresh.querySelectorAll(focusables)[index];
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

/**
 * @param {HTMLElement} old
 */
function remove(old) {
  if (old.contains(document.activeElement)) {
    const near = old.nextElementSibling ?? old.previousElementSibling;
    const target = near?.querySelector(".card__name a") ?? document.getElementById("content");
    if (target instanceof HTMLElement) target.focus({ preventScroll: true });
  }
  old.remove();
}

/**
 * Bring the lists below `root` to the state a change describes. Doing it twice changes nothing.
 * @param {ParentNode} root
 * @param {Change} change
 * @param {{hold?: (card: CardChange) => boolean}} [options] hold says which cards, not yet on the page, shall wait
 * @returns {Applied}
 */
export function apply(root, change, options = {}) {
  /** @type {Applied} */
  const done = { inserted: [], updated: [], removed: [], held: [] };
  const lists = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-cards]")]);
  for (const card of change.cards) {
    const old = lists.map((list) => find(list, card.id)).find((element) => element !== undefined);
    const list = lists.find((each) => shows(each, card));
    if (!list) {
      if (old) { remove(old); done.removed.push(card.id); }
      continue;
    }
    if (!old && options.hold?.(card)) { done.held.push(card); continue; }
    const fresh = parse(card.html);
    if (!fresh) continue;
    if (old && old.parentElement === list) {
      replace(old, fresh);
      if (old.dataset["position"] !== fresh.dataset["position"] && list.dataset["order"] !== "kept") place(list, fresh);
      done.updated.push(fresh);
    } else {
      if (old) remove(old);
      place(list, fresh);
      (old ? done.updated : done.inserted).push(fresh);
    }
  }
  for (const id of change.removed) {
    for (const list of lists) {
      const old = find(list, id);
      if (old) { remove(old); done.removed.push(id); }
    }
  }
  return done;
}

/**
 * @param {HTMLElement} list
 * @param {string} id
 * @returns {HTMLElement | undefined}
 */
function find(list, id) {
  return /** @type {HTMLElement | null} */ (list.querySelector(`:scope > [data-card="${CSS.escape(id)}"]`)) ?? undefined;
}

/**
 * @param {string} html one root element, written by the server
 * @returns {HTMLElement | null}
 */
function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return /** @type {HTMLElement | null} */ (template.content.firstElementChild);
}
