// Fetches a page and swaps the parts that changed, keeping scroll, focus and what was typed.

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Change the document, as a view transition where the browser and the reader allow it.
 * @param {() => void} change
 * @returns {Promise<void>}
 */
export async function change(change) {
  if (calm() || document.visibilityState !== "visible" || !("startViewTransition" in document)) {
    change();
    return;
  }
  const transition = document.startViewTransition(change);
  // A transition the browser skips (a hidden tab, a second swap) is no failure: the change itself is done.
  for (const promise of [transition.ready, transition.finished]) promise.catch(() => undefined);
  await transition.updateCallbackDone;
}

/** The server answered, but not with a page. */
export class Refused extends Error {
  /**
   * @param {string} address
   * @param {number} status
   */
  constructor(address, status) {
    super(`${address} answered ${status}`);
    this.status = status;
  }
}

/**
 * @param {string} address
 * @param {AbortSignal} [signal]
 * @returns {Promise<Document>}
 */
export async function fetchPage(address, signal) {
  const response = await fetch(address, { headers: { Accept: "text/html" }, ...(signal ? { signal } : {}) });
  if (!response.ok) throw new Refused(address, response.status);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/**
 * @param {Element} fold
 * @returns {Element | null} its list, which may scroll by itself
 */
const listIn = (fold) => fold.querySelector(":scope > ul");

/**
 * Take over the inner part of <main>, or only the named regions of it, from another document.
 * @param {Document} fresh
 * @param {string[]} [regions] ids; without them the whole of <main>
 * @returns {Promise<void>}
 */
export async function swap(fresh, regions) {
  const now = document.querySelector("main");
  const then = fresh.querySelector("main");
  if (!now || !then) throw new Error("a page without <main> cannot be swapped");
  const focus = document.activeElement;
  const id = focus?.id;
  const typed = focus instanceof HTMLInputElement ? { value: focus.value, at: focus.selectionStart } : undefined;
  const { scrollX, scrollY } = window;
  const unfolded = [...now.querySelectorAll("details[id][open]")].map((fold) => ({ id: fold.id, at: listIn(fold)?.scrollTop ?? 0 }));
  await change(() => {
    for (const name of now.getAttributeNames()) if (name.startsWith("data-")) now.removeAttribute(name);
    for (const name of then.getAttributeNames()) if (name.startsWith("data-")) now.setAttribute(name, then.getAttribute(name) ?? "");
    if (regions) {
      for (const region of regions) {
        const part = then.querySelector(`#${region}`);
        const old = now.querySelector(`#${region}`);
        if (part && old) old.replaceWith(document.adoptNode(part));
      }
    } else {
      now.replaceChildren(...[...then.childNodes].map((node) => document.adoptNode(node)));
    }
    for (const { id: name, at } of unfolded) {
      const fold = document.getElementById(name);
      if (!(fold instanceof HTMLDetailsElement)) continue;
      fold.open = true;
      const list = listIn(fold);
      if (list) list.scrollTop = at;
    }
    document.title = fresh.title;
    scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
    /** @type {Element | null} a link of a drawing, perhaps */
    const again = id && !document.contains(focus) ? document.getElementById(id) : null;
    if (again instanceof HTMLInputElement && typed) {
      again.value = typed.value;
      again.focus({ preventScroll: true });
      try { again.setSelectionRange(typed.at, typed.at); } catch { /* some input types have no caret */ }
    } else if (again instanceof HTMLElement || again instanceof SVGElement) {
      again.focus({ preventScroll: true });
    }
  });
  document.dispatchEvent(new CustomEvent("wall:swapped"));
}
