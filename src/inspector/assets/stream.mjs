// @ts-check
// The stream of new rows. It reconnects by itself and goes on after the last row that it read, so none is lost or doubled.
import { ApiError, request } from "./api.mjs";

const FIRST_WAIT = 100;
const MAX_WAIT = 5000;

/**
 * @typedef {{rows: (rows: import("./api.mjs").Row[]) => void, event: (name: string, data: any) => void,
 *   state: (state: "open"|"waiting"|"ended", error?: ApiError) => void}} Subscriber
 */

/**
 * @param {number} after the cursor of the list: the last row that it has
 * @param {Subscriber} subscriber
 * @returns {() => void} closes the stream
 */
export function openStream(after, subscriber) {
  const closing = new AbortController();
  run(after, subscriber, closing.signal);
  return () => closing.abort();
}

/**
 * @param {number} after
 * @param {Subscriber} subscriber
 * @param {AbortSignal} signal
 */
async function run(after, subscriber, signal) {
  let last = after;
  let wait = FIRST_WAIT;
  let ended = false;
  while (!ended && !signal.aborted) {
    /** @type {ApiError|undefined} */
    let failed;
    try {
      const response = await request(`stream?after=${last}`, { signal, headers: { Accept: "text/event-stream" } });
      subscriber.state("open");
      for await (const events of parseEvents(response)) {
        wait = FIRST_WAIT;
        const rows = [];
        for (const { id, name, data } of events) {
          if (name === "row") {
            rows.push(data);
            last = id || last;
          } else {
            subscriber.event(name, data);
            ended ||= name === "ended";
          }
        }
        if (rows.length > 0) subscriber.rows(rows);
        if (ended) break;
      }
    } catch (error) {
      if (error instanceof ApiError) failed = error;
    }
    if (signal.aborted) return;
    if (ended) break;
    subscriber.state("waiting", failed);
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, MAX_WAIT);
  }
  if (ended) subscriber.state("ended");
}

/**
 * The events of a response, in the groups in which they arrive.
 * @param {Response} response
 * @returns {AsyncGenerator<{id: number, name: string, data: any}[]>}
 */
async function* parseEvents(response) {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    // An event without its blank line is incomplete and comes again after reconnecting.
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop() ?? "";
    const events = blocks.map(parseEvent).filter((event) => event !== null);
    if (events.length > 0) yield events;
  }
}

/** @param {string} block */
function parseEvent(block) {
  let id = 0;
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("id:")) id = Number(line.slice(3)) || 0;
    else if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5));
  }
  if (data.length === 0 && name === "message") return null;
  const text = data.join("\n").trim();
  return { id, name, data: text ? JSON.parse(text) : null };
}
