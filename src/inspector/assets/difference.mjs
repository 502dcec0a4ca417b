// @ts-check
// The places where two byte strings differ: two lines, with a caret under the first byte that differs.
import { fromBase64 } from "./api.mjs";
import { html } from "./html.mjs";
import { count, plural } from "./text.mjs";

const MARKS = new Map([[9, "→"], [10, "␊"], [13, "␍"], [0, "␀"], [32, "·"]]);

/**
 * Bytes as text in which every byte or character can be seen.
 * @param {Uint8Array} bytes
 * @param {boolean} marksSpaces
 */
function cells(bytes, marksSpaces) {
  const text = new TextDecoder("utf-8").decode(bytes);
  let out = "";
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (MARKS.has(code) && (code !== 32 || marksSpaces)) out += MARKS.get(code);
    else if (code < 32 || (code >= 0x7f && code < 0xa1) || /[\p{Cf}\p{Cc}\p{Co}\p{Cn}\u2028\u2029]/u.test(char)) out += `\\u{${code.toString(16)}}`;
    else out += char;
  }
  return out;
}

/**
 * @param {{difference: import("./api.mjs").Difference|null, a?: string, b?: string, onBytes?: (offset: number) => void}} props
 */
export function DifferenceView({ difference, a = "received", b = "hashed", onBytes }) {
  if (!difference) return null;
  const width = Math.max(a.length, b.length) + 2;
  const hunks = difference.hunks ?? [];
  return html`<section class="difference" aria-label="Difference">
    <p>The bytes differ at offset ${onBytes
      ? html`<button type="button" class="link" onClick=${() => onBytes(difference.offset)}>${count(difference.offset)}</button>`
      : count(difference.offset)}: ${a} ${plural(difference.received_bytes, "byte")}, ${b} ${plural(difference.hashed_bytes, "byte")}.</p>
    ${hunks.map((hunk) => {
      const before = cells(fromBase64(hunk.before_base64), false);
      const left = fromBase64(hunk.a_base64);
      const right = fromBase64(hunk.b_base64);
      const after = cells(fromBase64(hunk.after_base64), false);
      const common = [...before].length;
      return html`<pre tabindex="0" aria-label=${`At offset ${hunk.a_offset}: ${describe(left)} became ${describe(right)}`}>
<span class="quiet">${a.padEnd(width)}</span>${before}<del>${cells(left, true)}</del>${after}${"\n"}
<span class="quiet">${b.padEnd(width)}</span>${before}<ins>${cells(right, true)}</ins>${after}${hunk.clipped ? "…" : ""}${"\n"}
<span class="caret">${" ".repeat(width + common)}^ ${count(hunk.a_offset)}</span></pre>`;
    })}
  </section>`;
}

/** @param {Uint8Array} bytes */
function describe(bytes) {
  return bytes.length === 0 ? "nothing" : `${plural(bytes.length, "byte")} ${cells(bytes.subarray(0, 40), true)}`;
}
