// Keeps a participant's half-written card on this device until it is sent; never the form's key, and nobody's contact.

const DAYS = 14;
const OURS = ["", "key", "base", "proof"];

/**
 * Whether a draft holds this field: a tablet on a stand must not show the next person whom to call.
 * @param {string} name
 * @returns {boolean}
 */
function keeps(name) {
  return !OURS.includes(name) && !name.startsWith("contact_");
}

export class Draft {
  /** @param {string} wall */
  constructor(wall) {
    this.name = `draft:${wall}`;
  }

  /** @param {HTMLFormElement} form */
  keep(form) {
    const words = [...new FormData(form)].filter(([name, value]) => keeps(name) && value !== "");
    try {
      if (words.length) localStorage.setItem(this.name, JSON.stringify({ at: Date.now(), words }));
      else localStorage.removeItem(this.name);
    } catch { /* storage may be full or forbidden: the form works without */ }
  }

  drop() {
    try { localStorage.removeItem(this.name); } catch { /* see above */ }
  }

  /**
   * @param {HTMLFormElement} form
   * @returns {boolean} true when there was something to bring back
   */
  restore(form) {
    const words = this.read();
    if (!words) return false;
    for (const element of form.elements) {
      if (!(element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement)) continue;
      if (element.type === "hidden" || !keeps(element.name)) continue;
      const values = words.filter(([name]) => name === element.name).map(([, value]) => value);
      if (element instanceof HTMLInputElement && (element.type === "radio" || element.type === "checkbox")) {
        element.checked = values.includes(element.value);
      } else {
        const offered = [...form.querySelectorAll(`input[type=checkbox][name="${element.name}"]`)].map((box) => /** @type {HTMLInputElement} */ (box).value);
        element.value = values.filter((value) => !offered.includes(value))[0] ?? "";
      }
      if (values.length) element.closest("details")?.setAttribute("open", "");
    }
    return true;
  }

  /** @returns {[string, string][] | undefined} */
  read() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.name) ?? "null");
      if (!kept || Date.now() - kept.at > DAYS * 86_400_000) return undefined;
      return kept.words;
    } catch {
      return undefined;
    }
  }
}
