// @ts-check
// Two deliveries side by side: first whether bytes and JSON are the same, then what differs.
import { useAction } from "./actions.mjs";
import { get } from "./api.mjs";
import { ErrorNote, Loading, useLoad } from "./common.mjs";
import { DifferenceView, Places } from "./difference.mjs";
import { html, useState } from "./html.mjs";
import { deliveryUrl, navigate } from "./route.mjs";
import { Visible, plural } from "./text.mjs";

/** @param {{route: import("./route.mjs").Route}} props */
export function Compare({ route }) {
  const { id: a, other: b } = route;
  const { data, error } = useLoad((signal) => get(`compare/${a}/${b}`, signal), `${a}/${b}`);
  useAction("back", () => navigate(deliveryUrl(b)));
  return html`<div class="screen">
    <h2>Compare <a href=${deliveryUrl(a)}>${a}</a> with <a href=${deliveryUrl(b)}>${b}</a></h2>
    <${ErrorNote} error=${error} />
    ${!error && (data ? html`<${Result} a=${a} b=${b} data=${data} />` : html`<${Loading} />`)}
  </div>`;
}

/** @param {any} data */
function sentence(data) {
  if (data.same_bytes) return "The bodies have the same bytes.";
  return data.same_json ? "Same JSON, different bytes: a signature that is valid for one is not valid for the other." : "The bodies differ.";
}

/** @param {{a: number, b: number, data: any}} props */
function Result({ a, b, data }) {
  const [showsAll, setShowsAll] = useState(false);
  const different = data.headers.filter((/** @type {any} */ one) => !one.same);
  const shown = showsAll ? data.headers : different;
  return html`
    <p class="sentence"><${Visible} text=${data.sentence || sentence(data)} /></p>
    <h3>Bytes</h3>
    ${data.difference
      ? html`<${DifferenceView} difference=${data.difference.first} a=${`#${a}`} b=${`#${b}`} />
        ${data.difference.differences.length > 1 && html`<details><summary>${plural(data.difference.of ?? data.difference.differences.length, "place")}</summary>
          <${Places} places=${data.difference.differences} a=${`#${a}`} b=${`#${b}`} /></details>`}`
      : html`<p class="quiet">No difference.</p>`}
    <h3>JSON</h3>
    ${data.json.length === 0 ? html`<p class="quiet">No difference.</p>` : html`
      <div class="scroll" tabindex="0" role="group" aria-label="Differences of the JSON"><table class="two">
      <thead><tr><th scope="col">Field</th><th scope="col">Change</th><th scope="col">#${a}</th><th scope="col">#${b}</th></tr></thead>
      <tbody>${data.json.slice(0, 500).map((/** @type {any} */ one) => html`<tr>
        <td class="mono break"><${Visible} text=${one.pointer || "(whole body)"} max=${500} /></td><td>${one.kind}</td>
        <td class="mono break">${one.kind !== "added" && value(one.a)}</td><td class="mono break">${one.kind !== "removed" && value(one.b)}</td></tr>`)}</tbody>
      </table></div>`}
    <h3>Headers</h3>
    <p>${plural(different.length, "header")} of ${data.headers.length} ${different.length === 1 ? "differs" : "differ"}.
      <label class="check"><input type="checkbox" checked=${showsAll} onChange=${(/** @type {any} */ e) => setShowsAll(e.target.checked)} /> Show all</label></p>
    ${shown.length > 0 && html`<div class="scroll" tabindex="0" role="group" aria-label="Headers of both"><table>
      <thead><tr><th scope="col">Name</th><th scope="col">#${a}</th><th scope="col">#${b}</th></tr></thead>
      <tbody>${shown.map((/** @type {any} */ one) => html`<tr class=${one.same ? "" : "differs"}>
        <td class="mono"><${Visible} text=${one.name} max=${300} /></td>
        ${[one.a, one.b].map((values) => html`<td class="mono break">${values.length === 0
          ? html`<span class="quiet">absent</span>`
          : values.map((/** @type {string} */ v) => html`<div><${Visible} text=${v} max=${2000} /></div>`)}</td>`)}
      </tr>`)}</tbody></table></div>`}`;
}

/** @param {unknown} value */
function value(value) {
  return html`<${Visible} text=${value} max=${2000} />`;
}
