// @ts-check
// The first place where two byte strings differ: two lines, with a caret under the first byte that differs.
import { html } from "./html.mjs";
import { count, plural } from "./text.mjs";

/**
 * `received` and `hashed` are excerpts from byte `start` on, escaped; `column` is where they begin to differ.
 * @typedef {{offset: number, start: number, received: string, hashed: string, column: number, received_bytes: number,
 *   hashed_bytes: number}} Excerpts
 * @typedef {{sent_offset: number, sent_bytes: number, hashed_offset: number, hashed_bytes: number}} Place
 */

/** Invisible characters of an escaped line. @param {string} line */
function marked(line) {
  return line.replaceAll(" ", "·").replaceAll("\u00a0", "⍽");
}

/**
 * @param {{difference: Excerpts|null, a?: string, b?: string, onBytes?: (offset: number) => void}} props
 */
export function DifferenceView({ difference, a = "received", b = "hashed", onBytes }) {
  if (!difference) return null;
  const width = Math.max(a.length, b.length) + 2;
  const { offset, start, received, hashed, column } = difference;
  const more = start > 0 ? "…" : "";
  const offsetText = onBytes
    ? html`<button type="button" class="link" onClick=${() => onBytes(offset)}>byte ${count(offset)}</button>`
    : `byte ${count(offset)}`;
  return html`<section class="difference" aria-label="Difference">
    <p>The bytes differ from ${offsetText} on: ${a} ${plural(difference.received_bytes, "byte")}, ${b} ${plural(difference.hashed_bytes, "byte")}.</p>
    <pre tabindex="0" aria-label="The two lines with a caret at the difference">${[
      html`<span class="quiet">${a.padEnd(width)}</span>`, more, excerpt("del", received, column), "\n",
      html`<span class="quiet">${b.padEnd(width)}</span>`, more, excerpt("ins", hashed, column), "\n",
      html`<span class="caret">${" ".repeat(width + more.length + column)}^</span>`,
    ]}</pre>
  </section>`;
}

/** @param {"del"|"ins"} tag @param {string} line @param {number} column */
function excerpt(tag, line, column) {
  const chars = [...line];
  const rest = marked(chars.slice(column).join(""));
  return [chars.slice(0, column).join(""), tag === "del" ? html`<del>${rest}</del>` : html`<ins>${rest}</ins>`];
}

/** Every place where bytes differ, by its numbers. @param {{places: Place[], a: string, b: string}} props */
export function Places({ places, a, b }) {
  return html`<ul class="places">${places.slice(0, 100).map((one) => html`<li>
    ${a} ${count(one.sent_offset)}: ${plural(one.sent_bytes, "byte")} → ${b} ${count(one.hashed_offset)}: ${plural(one.hashed_bytes, "byte")}</li>`)}</ul>`;
}
