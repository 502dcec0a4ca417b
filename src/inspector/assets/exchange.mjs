// @ts-check
// What replay and send show: the request as it is or would be sent, and the response to it.
import { fromBase64 } from "./api.mjs";
import { Status } from "./chips.mjs";
import { Command } from "./common.mjs";
import { Places } from "./difference.mjs";
import { HeaderTable } from "./headers.mjs";
import { html } from "./html.mjs";
import { Visible, duration, plural } from "./text.mjs";

/**
 * @typedef {{status: number, reason: string|null, headers: import("./api.mjs").Headers, body_base64: string,
 *   duration_ms: number}} Response
 * @typedef {{request: {method: string, target: string, headers: import("./api.mjs").Headers, body_base64: string,
 *   size: number}, difference: import("./difference.mjs").Place[]|null, command: string|null, response: Response|null,
 *   error: string|null, violations?: import("./api.mjs").Finding[]}} Exchange
 */

const MAX_SHOWN = 20_000;

/** A body as text, or the count of its bytes. @param {{base64: string}} props */
export function BodyText({ base64 }) {
  const bytes = fromBase64(base64);
  if (bytes.length === 0) return html`<p class="quiet">No body.</p>`;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return html`<pre class="body" tabindex="0" aria-label="Body"><${Visible} text=${text} max=${MAX_SHOWN} keepLines /></pre>`;
  } catch {
    return html`<p class="quiet">${plural(bytes.length, "byte")} that are not UTF-8.</p>`;
  }
}

/** @param {{exchange: Exchange, isPreview: boolean, compared?: string}} props */
export function ExchangeView({ exchange, isPreview, compared }) {
  const { request, response, error } = exchange;
  return html`<section aria-label=${isPreview ? "What will be sent" : "What was sent"}>
    ${response && html`<div class="result" role="status"><${Status} status=${response.status} />
      <${Visible} text=${response.reason ?? ""} max=${100} /> <span class="quiet">${duration(response.duration_ms)} ms</span></div>`}
    ${error && html`<div class="note bad" role="alert"><${Visible} text=${error} /></div>`}
    ${response && html`<details><summary>Response</summary>
      <${HeaderTable} headers=${response.headers} label="Headers of the response" />
      <${BodyText} base64=${response.body_base64} /></details>`}
    ${compared && (exchange.difference?.length
      ? html`<p>The body differs from ${compared}: ${plural(exchange.difference.length, "place")}.</p>
        <${Places} places=${exchange.difference} a="received" b=${isPreview ? "to send" : "sent"} />`
      : html`<p class="quiet">The body has the same bytes as ${compared}.</p>`)}
    <h3>Command</h3>
    ${exchange.command
      ? html`<${Command} text=${exchange.command} />`
      : html`<p class="quiet">No single command line sends this edited request. Save its body and use cz-hook send --body FILE.</p>`}
    <details><summary>Request: ${request.method} <${Visible} text=${request.target} max=${200} />, ${plural(request.size, "byte")}</summary>
      <${HeaderTable} headers=${request.headers} label="Headers of the request" />
      <${BodyText} base64=${request.body_base64} /></details>
  </section>`;
}
