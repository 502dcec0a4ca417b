// @ts-check
// The words for verdicts, each with an icon, so that colour is never the only sign.
import { html } from "./html.mjs";

/** @typedef {"good"|"bad"|"warn"|"none"} Tone */

/** @type {Record<string, [string, Tone, string]>} icon, tone, text */
const WORDS = {
  valid: ["✓", "good", "valid"],
  invalid: ["✕", "bad", "invalid"],
  missing: ["✕", "bad", "missing"],
  malformed: ["✕", "bad", "malformed"],
  stale: ["!", "warn", "stale"],
  unsigned: ["–", "none", "unsigned"],
  unchecked: ["–", "none", "unchecked"],
  violations: ["✕", "bad", "violations"],
  unknown: ["?", "none", "unknown"],
  unknown_event: ["?", "none", "unknown event"],
  not_json: ["!", "warn", "not JSON"],
};

/** @type {[string, Tone, string]} */
const NOTHING = ["", "none", ""];

/** @param {string|null|undefined} word @returns {[string, Tone, string]} */
export function verdict(word) {
  if (!word) return NOTHING;
  return Object.hasOwn(WORDS, word) ? WORDS[word] ?? NOTHING : ["?", "none", word];
}

/** @param {number|null} status @returns {Tone} */
export function statusTone(status) {
  if (status === null) return "none";
  return status < 300 ? "good" : status < 400 ? "warn" : "bad";
}

/** @param {{word: string|null|undefined, label?: string}} props */
export function Chip({ word, label }) {
  const [icon, tone, text] = verdict(word);
  if (!text) return null;
  return html`<span class="chip ${tone}"><span aria-hidden="true">${icon}</span> ${label ? `${label} ` : ""}${text}</span>`;
}

/** @param {{status: number|null}} props */
export function Status({ status }) {
  if (status === null) return html`<span class="chip none">no response</span>`;
  return html`<span class="chip ${statusTone(status)}">${status}</span>`;
}
