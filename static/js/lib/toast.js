// Shows a short note at the edge of the page; failures stay until they are closed and may offer one action.
import { say } from "wall/lib/words.js";

/**
 * @param {string} sentence
 * @param {{bad?: boolean, action?: string, act?: () => void, stay?: boolean, key?: string, lasts?: number}} [options] `lasts` in ms
 */
export function toast(sentence, options = {}) {
  const place = document.getElementById("toasts");
  if (!place) return;
  if (options.key) place.querySelector(`[data-key="${options.key}"]`)?.remove();
  const note = document.createElement("div");
  note.className = options.bad ? "toast toast--bad" : "toast";
  if (options.key) note.dataset["key"] = options.key;
  const text = document.createElement("span");
  text.textContent = sentence;
  note.append(text);
  if (options.action) note.append(button(options.action, () => { note.remove(); options.act?.(); }));
  if (options.bad || options.stay) {
    const close = button("×", () => note.remove());
    close.setAttribute("aria-label", say("close"));
    note.append(close);
  } else {
    setTimeout(() => note.remove(), options.lasts ?? 6000);
  }
  place.append(note);
}

/**
 * @param {string} label
 * @param {() => void} act
 * @returns {HTMLButtonElement}
 */
function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "toast__act";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}
