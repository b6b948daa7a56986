// <card-watch>: takes a card's own page down when its card leaves the wall, so that no open tab goes on showing it.
import { LiveSocket } from "wall/lib/socket.js";

/** @typedef {import("wall/lib/socket.js").Frame} Frame */

class CardWatch extends HTMLElement {
  connectedCallback() {
    this.revision = Number(this.dataset["revision"]);
    this.epoch = this.dataset["epoch"] ?? "";
    this.socket = new LiveSocket({
      address: () => this.address(),
      frame: (frame) => this.take(frame),
      state: (state) => { this.dataset["state"] = state; },
    });
    this.socket.start();
  }

  disconnectedCallback() {
    this.socket?.stop();
  }

  address() {
    const url = new URL(`/w/${this.dataset["slug"]}/live`, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    // json: no markup is needed here, only what was taken down
    url.search = new URLSearchParams({ since: String(this.revision), epoch: this.epoch ?? "", as: "json" }).toString();
    return url.href;
  }

  /** @param {Frame} frame */
  take(frame) {
    if (frame.type === "change") {
      this.revision = frame.revision;
      if (frame.removed.includes(this.dataset["card"] ?? "")) location.reload();
    } else if (frame.type === "reset") {
      this.revision = frame.revision;
      this.epoch = frame.epoch;
      void this.look();
    }
  }

  /** After a change that says nothing of single cards: is the page still there? What somebody writes here stays. */
  async look() {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 2000));
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => undefined);
    if (answer && (answer.status === 404 || answer.status === 410)) location.reload();
  }
}

customElements.define("card-watch", CardWatch);
