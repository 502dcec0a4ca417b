// @ts-check
// What replay and send show: the request as it is or would be sent, and the response to it.
import { announce } from "./announce.mjs";
import { fromBase64 } from "./api.mjs";
import { Status } from "./chips.mjs";
import { Command, ErrorNote, Loading, useTask } from "./common.mjs";
import { Places } from "./difference.mjs";
import { HeaderTable } from "./headers.mjs";
import { html, useEffect, useState } from "./html.mjs";
import { Visible, duration, plural } from "./text.mjs";

/**
 * @typedef {{status: number, reason: string|null, headers: import("./api.mjs").Headers, body_base64: string,
 *   duration_ms: number}} Response
 * @typedef {{request: {method: string, target: string, headers: import("./api.mjs").Headers, body_base64: string,
 *   size: number}, difference: import("./difference.mjs").Place[]|null, command: string|null, response: Response|null,
 *   error: string|null, violations?: import("./api.mjs").Finding[]}} Exchange
 */

const MAX_SHOWN = 20_000;
const PREVIEW_WAIT = 300;

/**
 * What a form sends: each change is tried without sending, and `submit` sends it.
 * @param {string} endpoint
 * @param {(isDryRun: boolean, signal: AbortSignal) => Promise<Exchange>} ask
 * @param {unknown[]} inputs what the request depends on
 */
export function useSending(endpoint, ask, inputs) {
  const [preview, setPreview] = useState(/** @type {Exchange|null} */ (null));
  const [previewError, setPreviewError] = useState(/** @type {any} */ (null));
  const [result, setResult] = useState(/** @type {Exchange|null} */ (null));
  const [isRunning, error, run] = useTask();
  useEffect(() => {
    if (!endpoint) {
      setPreviewError({ message: "No endpoint is chosen.", hint: "Type one above, or start cz-hook with one: listen --forward-to URL, ui --url URL." });
      return;
    }
    const aborting = new AbortController();
    const timer = setTimeout(() => {
      ask(true, aborting.signal).then(
        (shown) => {
          setPreview(shown);
          setPreviewError(null);
        },
        (failed) => aborting.signal.aborted || setPreviewError(failed),
      );
    }, PREVIEW_WAIT);
    return () => {
      clearTimeout(timer);
      aborting.abort();
    };
  }, [endpoint, ...inputs]);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    run(async () => {
      const sent = await ask(false, new AbortController().signal);
      setResult(sent);
      announce(sent.response ? `Sent: status ${sent.response.status}.` : `Not sent: ${sent.error}`);
    });
  };
  return { preview, previewError, result, isRunning, error, submit };
}

/**
 * The button of the form, and the response after it was sent.
 * @param {{sending: ReturnType<typeof useSending>, endpoint: string, compared?: string, children?: any}} props
 */
export function SendButton({ sending, endpoint, compared, children }) {
  const { isRunning, error, result } = sending;
  return html`<div><button type="submit" class="primary" disabled=${isRunning || !endpoint}>${isRunning ? "Sending…" : "Send"}</button>${children}</div>
    <${ErrorNote} error=${error} />
    ${result && html`<h3>Result</h3><${ExchangeView} exchange=${result} isPreview=${false} compared=${compared} />`}`;
}

/** @param {{sending: ReturnType<typeof useSending>, compared?: string}} props */
export function DryRun({ sending, compared }) {
  const { preview, previewError } = sending;
  return html`<h3>Dry run</h3>
    ${previewError ? html`<${ErrorNote} error=${previewError} />` : preview
      ? html`<${ExchangeView} exchange=${preview} isPreview=${true} compared=${compared} />`
      : html`<${Loading} />`}`;
}

/** A body as text, or the count of its bytes. @param {{bytes: Uint8Array}} props */
export function BodyText({ bytes }) {
  if (bytes.length === 0) return html`<p class="quiet">No body.</p>`;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return html`<pre class="body" tabindex="0" aria-label="Body"><${Visible} text=${text} max=${MAX_SHOWN} keepLines /></pre>`;
  } catch {
    return html`<p class="quiet">${plural(bytes.length, "byte")} that are not UTF-8.</p>`;
  }
}

/** @param {{exchange: Exchange, isPreview: boolean, compared?: string}} props */
function ExchangeView({ exchange, isPreview, compared }) {
  const { request, response, error } = exchange;
  return html`<section aria-label=${isPreview ? "What will be sent" : "What was sent"}>
    ${response && html`<div class="result" role="status"><${Status} status=${response.status} />
      <${Visible} text=${response.reason ?? ""} max=${100} /> <span class="quiet">${duration(response.duration_ms)} ms</span></div>`}
    ${error && html`<div class="note bad" role="alert"><${Visible} text=${error} /></div>`}
    ${response && html`<details><summary>Response</summary>
      <${HeaderTable} headers=${response.headers} label="Headers of the response" />
      <${BodyText} bytes=${fromBase64(response.body_base64)} /></details>`}
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
      <${BodyText} bytes=${fromBase64(request.body_base64)} /></details>
  </section>`;
}
