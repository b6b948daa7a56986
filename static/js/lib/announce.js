// Speaks to screen readers politely: at most one announcement in five seconds, bursts become one sentence.
import { say } from "wall/lib/words.js";

const PAUSE = 5000;
/** @type {string[]} */
let waiting = [];
let spokenAt = -PAUSE;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

function speak() {
  timer = undefined;
  const place = document.getElementById("announcer");
  if (!place || waiting.length === 0) return;
  place.textContent = waiting.length === 1 ? (waiting[0] ?? "") : say("said_many", { n: waiting.length });
  waiting = [];
  spokenAt = performance.now();
}

/** @param {string} sentence */
export function announce(sentence) {
  waiting.push(sentence);
  timer ??= setTimeout(speak, Math.max(200, spokenAt + PAUSE - performance.now()));
}
