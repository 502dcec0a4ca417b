// @ts-check
// Headers in their order, with their repeats.
import { html } from "./html.mjs";
import { Visible } from "./text.mjs";

/** The value of a header as text; one that is not UTF-8 is shown in base64. @param {import("./api.mjs").HeaderValue} value */
export function headerText(value) {
  return typeof value === "string" ? value : `(base64) ${value.base64}`;
}

/** @param {{headers: import("./api.mjs").Headers, label: string}} props */
export function HeaderTable({ headers, label }) {
  /** @type {Map<string, number>} */
  const totals = new Map();
  for (const [name] of headers) totals.set(name.toLowerCase(), (totals.get(name.toLowerCase()) ?? 0) + 1);
  /** @type {Map<string, number>} */
  const seen = new Map();
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${label}><table class="headers">
    <thead><tr><th scope="col">Name</th><th scope="col">Value</th></tr></thead>
    <tbody>${headers.map(([name, value]) => {
      const key = name.toLowerCase();
      const nth = (seen.get(key) ?? 0) + 1;
      seen.set(key, nth);
      const total = totals.get(key) ?? 1;
      return html`<tr>
        <td class="mono"><${Visible} text=${name} max=${300} />${total > 1 && html` <span class="quiet">${nth} of ${total}</span>`}</td>
        <td class="mono break"><${Visible} text=${headerText(value)} /></td></tr>`;
    })}</tbody>
  </table></div>`;
}
