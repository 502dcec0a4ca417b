// @ts-check
// Sends a delivery again: as it is, edited, or re-signed with the secret of a profile. What will be sent is shown first.
import { post, request, toBase64 } from "./api.mjs";
import { ErrorNote, Loading, useLoad } from "./common.mjs";
import { DryRun, SendButton, useSending } from "./exchange.mjs";
import { headerText } from "./headers.mjs";
import { html, useState } from "./html.mjs";

/** @typedef {import("./api.mjs").Headers} Headers */

const MAX_EDITABLE = 1_048_576;

/** @param {Headers} headers */
function headersToText(headers) {
  return headers.map(([name, value]) => `${name}: ${headerText(value)}`).join("\n");
}

/** @param {string} text @returns {Headers} */
function textToHeaders(text) {
  return text.split("\n").filter((line) => line.trim()).map((line) => {
    const colon = line.indexOf(":");
    if (colon < 0) return [line, ""];
    const value = line.slice(colon + 1).replace(/^ /, "");
    const base64 = /^\(base64\) (.*)$/.exec(value)?.[1];
    return [line.slice(0, colon), base64 === undefined ? value : { base64 }];
  });
}

/**
 * A body as text for a field, if the field gives back the same bytes: fields know only one kind of line end.
 * @param {Uint8Array} bytes
 */
function editable(bytes) {
  if (bytes.length > MAX_EDITABLE) return { text: null, lineEnd: "\n", why: "The body is too large to edit here." };
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { text: null, lineEnd: "\n", why: "The body is not UTF-8, so it cannot be edited as text." };
  }
  const feeds = text.split("\n").length - 1;
  const pairs = text.split("\r\n").length - 1;
  const returns = text.split("\r").length - 1;
  if (returns === 0) return { text, lineEnd: "\n", why: "" };
  if (returns === pairs && feeds === pairs) return { text: text.replaceAll("\r\n", "\n"), lineEnd: "\r\n", why: "" };
  return { text: null, lineEnd: "\n", why: "The body mixes line ends, which a text field would change." };
}

/** @param {{detail: any, session: import("./api.mjs").Session, isEditing: boolean, onEdit: (isEditing: boolean) => void}} props */
export function Replay({ detail, session, isEditing, onEdit }) {
  const { delivery, row } = detail;
  const { data: bytes, error } = useLoad(
    async (signal) => new Uint8Array(await (await request(`deliveries/${row.id}/body`, { signal })).arrayBuffer()),
    row.id,
  );
  if (error) return html`<${ErrorNote} error=${error} />`;
  if (!bytes) return html`<${Loading} />`;
  return html`<${ReplayForm} key=${row.id} delivery=${delivery} id=${row.id} bytes=${bytes} session=${session}
    isEditing=${isEditing} onEdit=${onEdit} />`;
}

/**
 * @param {{delivery: any, id: number, bytes: Uint8Array, session: import("./api.mjs").Session, isEditing: boolean,
 *   onEdit: (isEditing: boolean) => void}} props
 */
function ReplayForm({ delivery, id, bytes, session, isEditing, onEdit }) {
  const original = editable(bytes);
  const [endpoint, setEndpoint] = useState(session.endpoints[0] ?? "");
  const [profile, setProfile] = useState("");
  const [method, setMethod] = useState(/** @type {string} */ (delivery.method));
  const [target, setTarget] = useState(/** @type {string} */ (delivery.target));
  const [headers, setHeaders] = useState(headersToText(delivery.headers));
  const [body, setBody] = useState(original.text);

  const edit = () => {
    if (!isEditing) return null;
    const isSameBody = body === original.text;
    const changed = isSameBody ? bytes : new TextEncoder().encode((body ?? "").replaceAll("\n", original.lineEnd));
    return {
      method,
      target,
      headers: headers === headersToText(delivery.headers) ? delivery.headers : textToHeaders(headers),
      body_base64: toBase64(changed),
    };
  };
  const ask = (/** @type {boolean} */ isDryRun, /** @type {AbortSignal} */ signal) =>
    post("replay", { id, endpoint, edit: edit(), resign: profile || null, dry_run: isDryRun }, signal);
  const sending = useSending(endpoint, ask, [profile, isEditing, method, target, headers, body]);
  const canSign = session.profiles.filter((one) => one.has_secret);
  return html`<form onSubmit=${sending.submit} class="form">
    <${EndpointField} session=${session} value=${endpoint} onChange=${setEndpoint} />
    <label>Signature <select value=${profile} onChange=${(/** @type {any} */ e) => setProfile(e.target.value)}>
      <option value="">As it was received</option>
      ${canSign.map((one) => html`<option value=${one.name}>Re-sign with ${secretOf(one.name)}</option>`)}
    </select></label>
    <label class="check"><input type="checkbox" checked=${isEditing} onChange=${(/** @type {any} */ e) => onEdit(e.target.checked)} /> Edit the request</label>
    ${isEditing && html`
      <div class="columns"><label>Method <input value=${method} class="short" onInput=${(/** @type {any} */ e) => setMethod(e.target.value)} /></label>
      <label class="grow">Target <input value=${target} class="mono" onInput=${(/** @type {any} */ e) => setTarget(e.target.value)} /></label></div>
      <label>Headers, one a line <textarea class="mono" rows="6" spellcheck=${false} value=${headers} onInput=${(/** @type {any} */ e) => setHeaders(e.target.value)}></textarea></label>
      ${original.text === null
        ? html`<p class="quiet">${original.why} It is sent unchanged.</p>`
        : html`<label>Body <textarea class="mono" rows="10" spellcheck=${false} value=${body} onInput=${(/** @type {any} */ e) => setBody(e.target.value)}></textarea></label>`}`}
    <${SendButton} sending=${sending} endpoint=${endpoint} compared="the received one" />
    <${DryRun} sending=${sending} compared="the received one" />
  </form>`;
}

/** The secret of a profile in words; the first profile is the command line. @param {string} name */
export function secretOf(name) {
  return name === "(this run)" ? "the secret of this run" : `the secret of profile ${name}`;
}

/**
 * The endpoints that the command line or a profile names; another needs a yes in the terminal.
 * @param {{session: import("./api.mjs").Session, value: string, onChange: (url: string) => void}} props
 */
export function EndpointField({ session, value, onChange }) {
  return html`<label>Endpoint <input type="url" class="mono" required list="endpoints" placeholder="http://localhost:3000/webhook" value=${value}
      onInput=${(/** @type {any} */ e) => onChange(e.target.value)} />
    <datalist id="endpoints">${session.endpoints.map((url) => html`<option value=${url} />`)}</datalist></label>`;
}

