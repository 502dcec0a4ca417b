// @ts-check
// The attempts of one delivery, against the retry schedule that the vendor documents.
import { get } from "./api.mjs";
import { Chip, Status } from "./chips.mjs";
import { ErrorNote, Loading, useLoad } from "./common.mjs";
import { html } from "./html.mjs";
import { deliveryUrl } from "./route.mjs";
import { Visible, clock, span } from "./text.mjs";

/** @typedef {import("./api.mjs").Row} Row */

/** @param {{id: number}} props */
export function Timeline({ id }) {
  const { data, error } = useLoad((signal) => get(`deliveries/${id}/attempts`, signal), id);
  if (error) return html`<${ErrorNote} error=${error} />`;
  if (!data) return html`<${Loading} />`;
  /** @type {Row[]} */
  const attempts = data.attempts;
  const start = Date.parse(attempts[0]?.received_at ?? "");
  /** @type {{attempt: number, after_ms: number, documented: boolean}[]} */
  const schedule = data.schedule ?? [];
  const total = Math.max(attempts.length, schedule.length);
  let previous = start;
  const lines = Array.from({ length: total }, (_, i) => {
    const attempt = attempts[i];
    const planned = schedule[i];
    const time = Date.parse(attempt?.received_at ?? "");
    const waited = attempt && i > 0 ? time - previous : null;
    if (attempt) previous = time;
    return html`<tr class=${attempt?.id === id ? "current" : ""}>
      <td>${i + 1}</td>
      <td>${planned ? `${i === 0 ? "at once" : `after ${span(planned.after_ms)}`}` : html`<span class="quiet">not documented</span>`}</td>
      <td>${attempt ? clock(attempt.received_at) : html`<span class="quiet">not received</span>`}</td>
      <td>${waited === null ? "" : span(waited)}</td>
      <td>${attempt && html`<a href=${deliveryUrl(attempt.id)}>delivery ${attempt.id}</a>`}</td>
      <td>${attempt && html`<${Chip} word=${attempt.signature} />`}</td>
      <td>${attempt && html`<${Status} status=${attempt.status} />`}</td>
    </tr>`;
  });
  return html`
    <p>${attempts.length === 1 ? "This delivery was received once." : `This delivery was received ${attempts.length} times.`}
      ${data.source ? html` The schedule is from: <${Visible} text=${data.source} max=${300} />.` : " The vendor documents no schedule of retries."}</p>
    <div class="scroll" tabindex="0" role="group" aria-label="Attempts"><table>
      <thead><tr><th scope="col">Attempt</th><th scope="col">Documented</th><th scope="col">Received</th>
        <th scope="col">Waited</th><th scope="col">Delivery</th><th scope="col">Signature</th><th scope="col">Status</th></tr></thead>
      <tbody>${lines}</tbody></table></div>`;
}
