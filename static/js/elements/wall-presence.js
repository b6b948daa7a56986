// <wall-presence>: on a form, tells the wall that somebody is pinning or editing, and the moderator who else is at the card.
import { Presence, showBusy } from "wall/lib/presence.js";
import { LiveSocket } from "wall/lib/socket.js";

const TYPING = 25_000; // who has not typed for so long is not pinning right now

class WallPresence extends HTMLElement {
  constructor() {
    super();
    this.socket = new LiveSocket({
      address: () => this.address(),
      frame: (frame) => {
        if (frame.type === "hello") this.presence.again();
        if (frame.type === "presence") showBusy(frame.doing ?? [], Number(this.dataset["me"]));
      },
      state: () => undefined,
    });
    this.presence = new Presence((said) => this.socket.say(said));
    this.ended = new AbortController();
  }

  connectedCallback() {
    const { signal } = this.ended = new AbortController();
    addEventListener("pagehide", () => this.socket.stop(), { signal });
    if (this.dataset["card"]) {
      addEventListener("pageshow", (event) => { if (event.persisted) this.edit(); }, { signal });
      this.edit();
    } else {
      document.addEventListener("input", () => this.type(), { signal });
    }
  }

  disconnectedCallback() {
    this.ended.abort();
    this.presence.done();
    this.socket.stop();
  }

  edit() {
    this.presence.at("editing", this.dataset["card"]);
    this.socket.start();
  }

  /** A form that is only open costs nobody a connection. */
  type() {
    this.presence.at("pinning", "", TYPING);
    if (this.socket.stopped) this.socket.start();
  }

  address() {
    const url = new URL(`/w/${this.dataset["slug"]}/live`, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.search = new URLSearchParams({ as: "quiet", lang: document.documentElement.lang }).toString();
    return url.href;
  }
}

customElements.define("wall-presence", WallPresence);
