// @ts-check
// The response to a delivery: of the listener, and of the endpoint that it was forwarded to.
import { fromBase64 } from "./api.mjs";
import { Status } from "./chips.mjs";
import { BodyText } from "./exchange.mjs";
import { HeaderTable } from "./headers.mjs";
import { html } from "./html.mjs";
import { Visible, duration } from "./text.mjs";

/** @param {{delivery: any}} props */
export function ResponseView({ delivery }) {
  const forwarded = delivery.forwarded ?? null;
  const status = delivery.response?.status ?? null;
  const kept = forwarded?.response ?? null;
  return html`<dl class="facts">
    <div><dt>Listener</dt><dd><${Status} status=${status} />
      ${delivery.duration_ms != null && html` <span class="quiet">${duration(delivery.duration_ms)} ms</span>`}</dd></div>
    ${delivery.injected && html`<div><dt>Injected fault</dt><dd><${Visible} text=${delivery.injected} /></dd></div>`}
    ${forwarded
      ? html`<div><dt>Forwarded to</dt><dd><${Visible} text=${forwarded.url} max=${1000} /></dd></div>
        <div><dt>Its response</dt><dd><${Status} status=${forwarded.status} />
          ${forwarded.error && html` <${Visible} text=${forwarded.error} />`} <span class="quiet">${duration(forwarded.duration_ms)} ms</span></dd></div>`
      : html`<div><dt>Forwarded</dt><dd class="quiet">No. Start the listener with --forward-to URL to forward deliveries.</dd></div>`}
  </dl>
  ${kept && html`<${HeaderTable} headers=${kept.headers} label="Headers of the endpoint's response" />
    <${BodyText} bytes=${kept.body === undefined ? fromBase64(kept.body_base64) : new TextEncoder().encode(kept.body)} />
    ${kept.clipped && html`<p class="quiet">The body is longer. Only its beginning is kept.</p>`}`}`;
}
