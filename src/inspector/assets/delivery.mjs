// @ts-check
// One delivery: its verdict, payload, headers, bytes, attempts, response, and the form to send it again.
import { useAction } from "./actions.mjs";
import { announce, copy } from "./announce.mjs";
import { download, get, post, request } from "./api.mjs";
import { Bytes } from "./bytes.mjs";
import { Chip, Status } from "./chips.mjs";
import { ErrorNote, Loading, Tabs, useLoad, useTask } from "./common.mjs";
import { HeaderTable } from "./headers.mjs";
import { html, useState } from "./html.mjs";
import { Replay } from "./replay.mjs";
import { ResponseView } from "./response.mjs";
import { compareUrl, deliveryUrl, listUrl, navigate } from "./route.mjs";
import { Visible, dateAndTime, duration, size } from "./text.mjs";
import { Timeline } from "./timeline.mjs";
import { PayloadTree } from "./tree.mjs";
import { VerdictView } from "./verdict.mjs";

/** The names of the commands that a delivery is copied as. */
const COPIES = /** @type {const} */ ([["curl", "curl"], ["httpie", "HTTPie"], ["fetch", "fetch"]]);

/** @param {{route: import("./route.mjs").Route, session: import("./api.mjs").Session, marked: number, onMark: (id: number) => void}} props */
export function DeliveryView({ route, session, marked, onMark }) {
  const { id } = route;
  const { data, error } = useLoad((signal) => get(`deliveries/${id}`, signal), id);
  if (error) return html`<${Head} id=${id} /><${ErrorNote} error=${error} />`;
  if (!data) return html`<${Head} id=${id} /><${Loading} />`;
  return html`<${Loaded} key=${id} detail=${data} route=${route} session=${session} marked=${marked} onMark=${onMark} />`;
}

/** @param {{id: number, children?: any}} props */
function Head({ id, children }) {
  return html`<header class="detail-head"><a class="button small" href=${listUrl()} aria-label="Close delivery ${id}">Close</a>
    <h2>Delivery ${id}</h2>${children}</header>`;
}

/** @param {{detail: any, route: import("./route.mjs").Route, session: import("./api.mjs").Session, marked: number, onMark: (id: number) => void}} props */
function Loaded({ detail, route, session, marked, onMark }) {
  const { delivery, row, body } = detail;
  const { id } = row;
  const violations = detail.violations ?? [];
  const [isEditing, setEditing] = useState(false);
  const [previewUrl, setPreviewUrl] = useState("");
  const [, taskError, run] = useTask();
  const tab = route.tab || "verdict";
  const show = (/** @type {string} */ name, /** @type {number|null} */ at = null) =>
    navigate(deliveryUrl(id, { tab: name === "verdict" ? "" : name, at }), { replace: true });
  const showBytes = (/** @type {number} */ at) => show("bytes", at);
  const differsAt = detail.verdict.difference?.offset ?? detail.verdict.diagnosis?.difference?.offset ?? null;
  const lastByte = Math.max(0, body.size - 1);
  const copyAs = (/** @type {string} */ format, /** @type {string} */ name) =>
    run(async () => copy(await (await request(`export?as=${format}&q=id:${id}..${id}&redact=false`)).text(), `delivery ${id} as ${name}`));
  const mark = () => {
    onMark(marked === id ? 0 : id);
    announce(marked === id ? "No delivery is marked." : `Delivery ${id} is marked. Open another and press d to compare.`);
  };
  const compare = () => (marked && marked !== id
    ? navigate(compareUrl(marked, id))
    : announce("Mark another delivery with m, then compare this one with it."));
  const preview = () => run(async () => setPreviewUrl((await post(`deliveries/${id}/preview`, {})).url));

  useAction("bytes", () => show("bytes", differsAt === null ? 0 : Math.min(differsAt, lastByte)));
  useAction("mark", mark);
  useAction("compare", compare);
  useAction("replay", () => {
    setEditing(false);
    show("replay");
  });
  useAction("edit", () => {
    setEditing(true);
    show("replay");
  });
  useAction("copy-curl", () => copyAs("curl", "curl"));
  useAction("copy-command", () => copy(detail.command, "the command"));

  const text = body.text ?? (typeof delivery.body === "string" ? delivery.body : null);
  const tabs = [
    { id: "verdict", title: "Verdict" },
    { id: "payload", title: "Payload", mark: violations.length > 0 ? String(violations.length) : "" },
    { id: "headers", title: "Headers" },
    { id: "bytes", title: "Bytes" },
    { id: "attempts", title: "Attempts", mark: detail.attempts?.length > 1 ? String(detail.attempts.length) : "" },
    { id: "response", title: "Response" },
    { id: "replay", title: "Replay" },
  ];
  const toBytes = (/** @type {number} */ chars) => showBytes(new TextEncoder().encode((text ?? "").slice(0, chars)).length);
  /** @type {Record<string, () => any>} */
  const panels = {
    verdict: () => html`<${VerdictView} detail=${detail} onTab=${show} onBytes=${(/** @type {number} */ at) => showBytes(Math.min(at, lastByte))} />`,
    payload: () => (text === null
      ? html`<p class="note">The body is too large or not UTF-8. See its bytes.</p>`
      : html`<${PayloadTree} text=${text} violations=${violations} unknown=${detail.notes ?? []} onBytes=${toBytes} />`),
    headers: () => html`<${HeaderTable} headers=${delivery.headers} label="Headers of the request" />`,
    bytes: () => html`<${Bytes} path=${`deliveries/${id}/body`} size=${body.size} at=${route.at}
      onAt=${(/** @type {number} */ at) => history.replaceState(null, "", deliveryUrl(id, { tab: "bytes", at }))} />`,
    attempts: () => html`<${Timeline} id=${id} />`,
    response: () => html`<${ResponseView} delivery=${delivery} />`,
    replay: () => html`<${Replay} detail=${detail} session=${session} isEditing=${isEditing} onEdit=${setEditing} />`,
  };
  const current = Object.hasOwn(panels, tab) ? tab : "verdict";
  return html`
    <${Head} id=${id}>
      <${Chip} word=${row.signature} label="signature" /><${Chip} word=${row.payload} label="payload" /><${Status} status=${row.status} />
    <//>
    <p class="request"><strong>${row.provider ?? "no provider"}</strong>${" "}
      ${delivery.event && html`<${Visible} text=${delivery.channel ? `${delivery.event} / ${delivery.channel}` : delivery.event} max=${200} /> · `}
      <span class="mono">${row.method} <${Visible} text=${delivery.target} max=${300} /></span>
      <span class="quiet"> · ${dateAndTime(row.received_at)} · ${size(row.size)}${row.duration_ms !== null && ` · ${duration(row.duration_ms)} ms`}
      ${row.duplicate_of && html` · duplicate of <a href=${deliveryUrl(row.duplicate_of)}>${row.duplicate_of}</a>`}
      ${row.rejected && html` · rejected: <${Visible} text=${row.rejected} max=${200} />`}</span></p>
    <div class="bar" role="group" aria-label="Actions">
      <button type="button" class="small" onClick=${mark} aria-pressed=${marked === id ? "true" : "false"}>Mark</button>
      ${marked > 0 && marked !== id && html`<button type="button" class="small" onClick=${compare}>Compare with ${marked}</button>`}
      ${COPIES.map(([format, name]) => html`<button type="button" class="small" onClick=${() => copyAs(format, name)}>Copy as ${name}</button>`)}
      <button type="button" class="small" onClick=${() => run(() => download(`deliveries/${id}/body`, `delivery-${id}`))}>Save the body</button>
      <button type="button" class="small" onClick=${() => run(() => download(`deliveries/${id}/page?redact=true`, `delivery-${id}.html`))}>Save as a page</button>
      <button type="button" class="small" onClick=${preview}>Preview as HTML</button>
    </div>
    <${ErrorNote} error=${taskError} />
    ${previewUrl && html`<iframe class="preview" sandbox="" src=${previewUrl} title="The body as HTML, without scripts"></iframe>`}
    ${body.decoded && html`<p class="quiet">The payload is shown decoded; the bytes are as they were received.</p>`}
    <${Tabs} label="Parts of the delivery" tabs=${tabs} current=${current} onChange=${(/** @type {string} */ name) => show(name, name === "bytes" ? route.at : null)}>
      ${panels[current]?.()}
    <//>`;
}
