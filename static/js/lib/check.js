// Judges one field the way the server will: filled in where it must be, not longer than it may be.
import { say } from "wall/lib/words.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control */

/**
 * @param {Element} element
 * @returns {element is Control}
 */
function isControl(element) {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
}

/**
 * Show or take back the complaint of a field.
 * @param {HTMLElement} element
 * @param {boolean} strict also complain about what is still empty
 * @returns {boolean} true when there is nothing to complain about
 */
export function check(element, strict) {
  if (!isControl(element) || element.type === "hidden") return true;
  const field = /** @type {HTMLElement | null} */ (element.closest("[data-field]"));
  if (!field) return true;
  const complaint = complaintAbout(element, field);
  const stale = field.classList.contains("field--wrong");
  if (complaint && !strict && complaint.missing && !stale) return true;
  if (!complaint && !stale) return true;
  show(field, element, complaint?.sentence ?? "");
  return !complaint;
}

/**
 * @param {Control} element
 * @param {HTMLElement} field
 * @returns {{sentence: string, missing: boolean} | undefined}
 */
function complaintAbout(element, field) {
  const max = Number(element.dataset["max"] ?? 0);
  const length = [...element.value].length;
  if (max && length > max) return { sentence: say("too_long", { max, length }), missing: false };
  if (!element.required) return undefined;
  const filled = element.type === "radio" ? field.querySelector("input:checked") !== null : element.value.trim() !== "";
  return filled ? undefined : { sentence: say("missing"), missing: true };
}

/**
 * @param {HTMLElement} field
 * @param {Control} element
 * @param {string} sentence empty: all is well
 */
function show(field, element, sentence) {
  const name = field.dataset["field"] ?? "";
  const place = field.querySelector(`#wrong-${name}`);
  const text = place?.querySelector("span");
  if (!(place instanceof HTMLElement) || !text) return;
  place.hidden = sentence === "";
  text.textContent = sentence;
  field.classList.toggle("field--wrong", sentence !== "");
  const described = new Set((element.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (sentence) {
    described.add(place.id);
    element.setAttribute("aria-invalid", "true");
  } else {
    described.delete(place.id);
    element.removeAttribute("aria-invalid");
  }
  if (described.size) element.setAttribute("aria-describedby", [...described].join(" "));
  else element.removeAttribute("aria-describedby");
}

/**
 * Say how much room is left once a field is nearly full.
 * @param {HTMLFormElement} form
 */
export function watchLengths(form) {
  form.addEventListener("input", (event) => {
    const element = event.target;
    if (!(element instanceof HTMLElement) || !isControl(element)) return;
    const field = element.closest("[data-field]");
    if (!field) return;
    if (field.classList.contains("field--wrong")) check(element, false);
    if (!element.dataset["max"]) return;
    const left = Number(element.dataset["max"]) - [...element.value].length;
    let place = field.querySelector(".field__left");
    if (left > Number(element.dataset["max"]) * 0.2) { place?.remove(); return; }
    if (!place) {
      place = document.createElement("p");
      place.className = "field__left";
      field.append(place);
    }
    place.textContent = say("left", { n: left });
    place.toggleAttribute("data-over", left < 0);
  });
}
