// Lets moderators drag cards within and between sections; the same moves exist as forms in each card's menu.

/** @typedef {(card: HTMLElement, section: string, after: string) => Promise<boolean>} Move */

/**
 * @param {HTMLElement} root
 * @param {Move} move answers whether the wall took it
 */
export function dragging(root, move) {
  if (!matchMedia("(pointer: fine)").matches) return;
  /** @type {HTMLElement | undefined} */
  let held;
  /** @type {{list: Element, next: Element | null} | undefined} */
  let home;

  // Only cards that carry a move form may be dragged; made draggable when touched, so frames need no extra work.
  root.addEventListener("pointerdown", (event) => {
    const card = cardOf(event.target);
    if (card && !(event.target instanceof Element && event.target.closest("details"))) {
      card.draggable = card.querySelector("form[data-tool=move]") !== null;
      for (const link of card.querySelectorAll("a")) link.draggable = false;
    }
  });
  root.addEventListener("dragstart", (event) => {
    const card = cardOf(event.target);
    if (!card?.draggable || !event.dataTransfer) return;
    held = card;
    home = { list: /** @type {Element} */ (card.parentElement), next: card.nextElementSibling };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.querySelector(".card__name")?.textContent?.trim() ?? "");
    requestAnimationFrame(() => card.classList.add("is-held"));
  });
  root.addEventListener("dragover", (event) => {
    if (!held) return;
    const list = listOf(event.target);
    if (!list) return;
    event.preventDefault();
    const next = below(list, held, event.clientX, event.clientY);
    if (held.parentElement !== list || held.nextElementSibling !== next) list.insertBefore(held, next);
  });
  root.addEventListener("drop", (event) => {
    if (!held || !home) return;
    event.preventDefault();
    const card = held;
    const from = home;
    home = undefined;
    const list = card.parentElement;
    if (!list || (list === from.list && card.nextElementSibling === from.next)) return;
    const previous = /** @type {HTMLElement | null} */ (card.previousElementSibling);
    void move(card, /** @type {HTMLElement} */ (list).dataset["section"] ?? "", previous?.dataset["card"] ?? "").then((taken) => {
      if (!taken && card.isConnected) putBack(card, from);
    });
  });
  root.addEventListener("dragend", () => {
    held?.classList.remove("is-held");
    if (held && home) putBack(held, home);
    held = undefined;
    home = undefined;
  });
}

/**
 * @param {HTMLElement} card
 * @param {{list: Element, next: Element | null}} home
 */
function putBack(card, home) {
  home.list.insertBefore(card, home.next?.parentElement === home.list ? home.next : null);
}

/**
 * @param {EventTarget | null} target
 * @returns {HTMLElement | null}
 */
function cardOf(target) {
  return target instanceof Element ? target.closest("[data-card]") : null;
}

/**
 * @param {EventTarget | null} target
 * @returns {HTMLElement | null}
 */
function listOf(target) {
  if (!(target instanceof Element)) return null;
  return target.closest(".section")?.querySelector("[data-cards][data-section]") ?? null;
}

/**
 * The card before which the held one would land.
 * @param {HTMLElement} list
 * @param {HTMLElement} held
 * @param {number} x
 * @param {number} y
 * @returns {Element | null}
 */
function below(list, held, x, y) {
  for (const card of list.children) {
    if (card === held) continue;
    const box = card.getBoundingClientRect();
    const besides = x < box.left + box.width / 2 && y >= box.top && y <= box.bottom && box.width < list.clientWidth * 0.75;
    if (y < box.top + box.height / 2 || besides) return card;
  }
  return null;
}
