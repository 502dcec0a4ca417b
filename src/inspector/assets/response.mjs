// @ts-check
// The response to a delivery: of the listener, and of the endpoint that it was forwarded to.
import { request } from "./api.mjs";
import { Status } from "./chips.mjs";
import { ErrorNote, useLoad } from "./common.mjs";
import { html } from "./html.mjs";
import { Visible, duration } from "./text.mjs";

/** The body of the response, up to its first 64 KiB. @param {number} id @param {AbortSignal} signal */
async function loadBody(id, signal) {
  const response = await request(`deliveries/${id}/body?part=response`, { signal, headers: { Range: "bytes=0-65535" } })
    .catch((error) => {
      // No body was kept.
      if (error.status === 404 || error.status === 416) return null;
      throw error;
    });
  return response ? new TextDecoder().decode(await response.arrayBuffer()) : null;
}

/** @param {{id: number, delivery: any}} props */
export function ResponseView({ id, delivery }) {
  const forwarded = delivery.forwarded ?? null;
  const { data, error } = useLoad((signal) => (forwarded ? loadBody(id, signal) : Promise.resolve(null)), id);
  const status = delivery.response?.status ?? null;
  return html`
    <dl class="facts">
      <div><dt>Listener</dt><dd><${Status} status=${status} />
        ${delivery.duration_ms != null && html` <span class="quiet">${duration(delivery.duration_ms)} ms</span>`}</dd></div>
      ${delivery.injected && html`<div><dt>Injected fault</dt><dd><${Visible} text=${delivery.injected} /></dd></div>`}
      ${forwarded
        ? html`<div><dt>Forwarded to</dt><dd><${Visible} text=${forwarded.url} max=${1000} /></dd></div>
          <div><dt>Its response</dt><dd><${Status} status=${forwarded.status} />
            ${forwarded.error && html` <${Visible} text=${forwarded.error} />`} <span class="quiet">${duration(forwarded.duration_ms)} ms</span></dd></div>`
        : html`<div><dt>Forwarded</dt><dd class="quiet">No. Start the listener with --forward-to URL to forward deliveries.</dd></div>`}
    </dl>
    <${ErrorNote} error=${error} />
    ${data && html`<h3>Body of the response</h3>
      <pre class="body" tabindex="0" aria-label="Body of the response"><${Visible} text=${data} keepLines /></pre>`}`;
}
