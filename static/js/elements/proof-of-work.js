// <proof-of-work data-bits="15">: in a flood the form asks for a little work, done here while somebody writes.

const AT_ONCE = 128;

export class ProofOfWork extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form");
    const key = form?.querySelector('input[name="key"]');
    const field = this.querySelector("input");
    const able = key instanceof HTMLInputElement && field && crypto.subtle; // without https there is none: then no proof
    /** Settles when the form may be sent. @type {Promise<void>} */
    this.done = able ? this.work(key.value, Number(this.dataset["bits"]), field) : Promise.resolve();
  }

  /**
   * Find a number whose hash with the key begins with enough zero bits.
   * @param {string} key
   * @param {number} bits at most 32
   * @param {HTMLInputElement} field
   */
  async work(key, bits, field) {
    const encoder = new TextEncoder();
    for (let first = 0; this.isConnected; first += AT_ONCE) {
      const tried = Array.from({ length: AT_ONCE }, (_, n) => String(first + n));
      const hashes = await Promise.all(tried.map((number) => crypto.subtle.digest("SHA-256", encoder.encode(`${key}:${number}`))));
      const found = tried.find((_, n) => new DataView(/** @type {ArrayBuffer} */ (hashes[n])).getUint32(0) < 2 ** (32 - bits));
      if (found !== undefined) {
        field.value = found;
        return;
      }
    }
  }
}

customElements.define("proof-of-work", ProofOfWork);
