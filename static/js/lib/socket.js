// Keeps one connection to a wall alive: returns with full jitter, notices silence, and knows which goodbyes are final.

/**
 * @typedef {"connecting" | "live" | "offline" | "signed_out" | "forbidden" | "gone"} LiveState
 * @typedef {{id: string, status: string, hidden: boolean, section: string, position: string, html: string, kind_of: string}} CardChange
 * @typedef {{type: "hello", revision: number, epoch: string, release: string}
 *   | {type: "change", revision: number, cards: CardChange[], removed: string[], count: number, waiting?: number}
 *   | {type: "tick", revision: number}
 *   | {type: "presence", watching: number, pinning: number, doing?: import("wall/lib/presence.js").Doing[]}
 *   | {type: "note", what: string}
 *   | {type: "reset", revision: number, epoch: string}} Frame
 * @typedef {{address: () => string, frame: (frame: Frame) => void, state: (state: LiveState) => void}} Listener
 */

export const SILENCE = 25_000;
const FIRST = 500;
const LONGEST = 30_000;
const STAGGER = 10_000;
/** @type {Record<number, LiveState>} close codes after which nobody returns */
export const FINAL = { 4401: "signed_out", 4403: "forbidden", 4404: "gone" };

/**
 * How long to wait before coming back: a random part of an exponentially growing span (full jitter).
 * @param {number} attempt 0 for the first
 * @param {number} code the close code
 * @param {() => number} [random]
 * @returns {number}
 */
export function pause(attempt, code, random = Math.random) {
  const span = code === 1012 ? Math.max(STAGGER, FIRST * 2 ** attempt) : FIRST * 2 ** attempt;
  return random() * Math.min(LONGEST, span);
}

export class LiveSocket {
  /** @param {Listener} listener */
  constructor(listener) {
    this.listener = listener;
    /** @type {WebSocket | undefined} */
    this.socket = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.silence = undefined;
    this.attempt = 0;
    this.stopped = true;
    this.wake = () => {
      if (document.visibilityState === "visible" && !this.stopped && !this.socket) this.open();
    };
  }

  start() {
    this.stopped = false;
    addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.open();
  }

  stop() {
    this.stopped = true;
    removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    this.drop();
  }

  /** Close this connection and come back at once with a new address (after a reset or a swap of the page). */
  restart() {
    this.drop();
    if (!this.stopped) this.open();
  }

  drop() {
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    const old = this.socket;
    this.socket = undefined;
    old?.close(1000);
  }

  open() {
    this.drop();
    if (this.attempt === 0) this.listener.state("connecting");
    const socket = new WebSocket(this.listener.address());
    this.socket = socket;
    this.listen();
    socket.addEventListener("message", (event) => {
      if (socket !== this.socket) return;
      this.listen();
      this.hear(String(event.data));
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.socket) this.lost(event.code);
    });
  }

  /** @param {object} said nothing is lost if the line is not open: what matters is said again after `hello` */
  say(said) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(said));
  }

  /** Start the wait for the next sign of life. */
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      const socket = this.socket;
      this.lost(1006);
      socket?.close(4000);
    }, SILENCE);
  }

  /** @param {string} text */
  hear(text) {
    /** @type {Frame} */
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame.type === "hello") {
      this.attempt = 0;
      this.listener.state("live");
    }
    this.listener.frame(frame);
  }

  /** @param {number} code */
  lost(code) {
    this.socket = undefined;
    clearTimeout(this.silence);
    const final = FINAL[code];
    if (final) {
      this.stop();
      this.listener.state(final);
      return;
    }
    if (this.stopped) return;
    this.listener.state("offline");
    this.timer = setTimeout(() => this.open(), pause(this.attempt, code));
    this.attempt += 1;
  }
}
