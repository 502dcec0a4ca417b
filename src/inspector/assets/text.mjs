// @ts-check
// Text for people. What was received may hold characters that hide or reorder text: they are shown escaped.
import { html } from "./html.mjs";

// The characters that src/escape.rs escapes too: controls, directions, zero width, annotations, tags.
const DANGEROUS =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\u{e0000}-\u{e0fff}]/gu;

/** @param {string} char */
function escapeChar(char) {
  if (char === "\n") return "\\n";
  if (char === "\r") return "\\r";
  if (char === "\t") return "\\t";
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

/**
 * One line of text, escaped and cut.
 * @param {unknown} text
 * @param {number} [max]
 */
export function line(text, max = 300) {
  const all = String(text ?? "");
  const cut = all.length > max ? `${all.slice(0, max)}…` : all;
  return cut.replace(DANGEROUS, escapeChar);
}

/**
 * Text in which every escaped character stands out. `keepLines` leaves line feeds and tabs.
 * @param {{text: unknown, max?: number, keepLines?: boolean}} props
 */
export function Visible({ text, max = 20000, keepLines = false }) {
  const all = String(text ?? "");
  const cut = all.length > max ? all.slice(0, max) : all;
  const parts = [];
  let from = 0;
  for (const match of cut.matchAll(DANGEROUS)) {
    if (keepLines && (match[0] === "\n" || match[0] === "\t")) continue;
    parts.push(cut.slice(from, match.index));
    parts.push(html`<span class="escaped">${escapeChar(match[0])}</span>`);
    from = match.index + match[0].length;
  }
  parts.push(cut.slice(from));
  return html`<span class="received">${parts}${cut.length < all.length &&
    html`<span class="quiet"> … ${count(all.length - cut.length)} more characters</span>`}</span>`;
}

// Numbers and times are written without Intl: its first use takes a browser twenty milliseconds, before the first rows.

/** A whole number with its digits in groups. @param {number} n */
export function count(n) {
  return String(n).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/**
 * @param {number} n
 * @param {string} one
 * @param {string} [many]
 */
export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** @param {number|null|undefined} bytes */
export function size(bytes) {
  if (bytes == null) return "";
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** @param {number|null|undefined} ms */
export function duration(ms) {
  if (ms == null) return "";
  if (ms < 10) return ms.toFixed(1);
  return count(Math.round(ms));
}

/**
 * A waiting time in words: `250 ms`, `5 min`, `2 h`.
 * @param {number} ms
 */
export function span(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const units = /** @type {const} */ ([[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1000, "s"]]);
  for (const [length, name] of units) {
    if (ms >= length) return `${Number((ms / length).toFixed(1))} ${name}`;
  }
  return "";
}

/** @param {number} n @param {number} [length] */
function digits(n, length = 2) {
  return String(n).padStart(length, "0");
}

/** @param {Date} date */
function timeOfDay(date) {
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => digits(n));
  return `${parts.join(":")}.${digits(date.getMilliseconds(), 3)}`;
}

/** The time of day here. @param {string|null|undefined} time */
export function clock(time) {
  const date = new Date(time ?? "");
  return Number.isNaN(date.getTime()) ? "" : timeOfDay(date);
}

/** The date and the time of day here. @param {string|null|undefined} time */
export function dateAndTime(time) {
  const date = new Date(time ?? "");
  if (Number.isNaN(date.getTime())) return "unknown time";
  const day = [digits(date.getFullYear(), 4), digits(date.getMonth() + 1), digits(date.getDate())];
  return `${day.join("-")} ${timeOfDay(date)}`;
}
