// Keeps the numbers on a page true: cards of the wall, cards of each section, cards that wait.
import { sayCount } from "wall/lib/words.js";

/**
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
const all = (selector) => [...document.querySelectorAll(selector)].filter((place) => place instanceof HTMLElement);

/**
 * @param {HTMLElement} main
 * @param {number} [count] visible cards of the wall
 * @param {number} [waiting] pending cards
 */
export function showCounts(main, count, waiting) {
  if (count !== undefined) for (const place of all("[data-count-number]")) place.textContent = String(count);
  if (main.dataset["filtered"] === undefined) {
    for (const place of all("[data-count-of]")) {
      const list = main.querySelector(`[data-cards][data-section="${CSS.escape(place.dataset["countOf"] ?? "")}"]`);
      if (list) place.textContent = String(list.children.length);
    }
  }
  if (waiting === undefined) return;
  for (const place of all("[data-waiting]")) {
    place.textContent = String(waiting);
    place.hidden = waiting === 0;
  }
  for (const title of all("[data-waiting-title]")) title.textContent = sayCount("waiting", waiting);
}
