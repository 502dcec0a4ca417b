// @ts-check
// Sends a sample: any event of any provider, with changed fields or another body, corrupted on request. Each change is
// tried without sending, which shows the violations and the command.
import { get, post, query } from "./api.mjs";
import { ErrorNote, Loading, useLoad } from "./common.mjs";
import { DryRun, SendButton, useSending } from "./exchange.mjs";
import { html, useMemo, useState } from "./html.mjs";
import { leaves, parseJson } from "./json.mjs";
import { EndpointField, secretOf } from "./replay.mjs";
import { Visible, plural } from "./text.mjs";

/** @typedef {{event: string, channel: string|null, name: string, body: string, schema: any}} Sample */

const MAX_FIELDS = 200;

/** The modes of `send --tamper`. */
const TAMPER = /** @type {const} */ ([
  ["signature", "one wrong character in the signature"],
  ["body", "body changed after signing"],
  ["missing", "no signature"],
  ["secret", "signed with another secret"],
  ["algorithm", "signed with another algorithm"],
  ["truncated", "the first half of the signature"],
  ["uppercase", "signature in uppercase"],
]);

/** @param {{session: import("./api.mjs").Session}} props */
export function Send({ session }) {
  const [provider, setProvider] = useState(session.profiles.find((one) => one.provider)?.provider ?? session.providers[0]?.name ?? "");
  const { data: samples, error } = useLoad((signal) => get(`samples${query({ provider })}`, signal), provider);
  const [chosen, setChosen] = useState(0);
  const [turn, setTurn] = useState(0);
  const sample = samples?.[chosen] ?? null;
  return html`<div class="screen">
    <h2>Send a sample</h2>
    <div class="form"><div class="columns">
      <label>Provider <select value=${provider} onChange=${(/** @type {any} */ e) => { setProvider(e.target.value); setChosen(0); setTurn(turn + 1); }}>
        ${session.providers.map((one) => html`<option value=${one.name}>${one.name}</option>`)}</select></label>
      <label>Event <select value=${chosen} onChange=${(/** @type {any} */ e) => { setChosen(Number(e.target.value)); setTurn(turn + 1); }}>
        ${(samples ?? []).map((/** @type {Sample} */ one, /** @type {number} */ i) => html`<option value=${i}>${one.event}${one.channel ? ` / ${one.channel}` : ""}</option>`)}
      </select></label>
    </div></div>
    <${ErrorNote} error=${error} />
    ${!error && !samples && html`<${Loading} />`}
    ${samples && !sample && html`<p class="note">This provider has no samples.</p>`}
    ${sample && html`<${SendForm} key=${`${provider} ${turn}`} provider=${provider} sample=${sample} session=${session} />`}
  </div>`;
}

/** @param {any} schema @param {string} pointer the schema of a field, as far as it is plain */
function fieldSchema(schema, pointer) {
  let at = schema;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const properties = at?.properties;
    at = properties && Object.hasOwn(properties, key) ? properties[key] : at?.items ?? null;
  }
  return at && typeof at === "object" ? at : {};
}

/** @param {{provider: string, sample: Sample, session: import("./api.mjs").Session}} props */
function SendForm({ provider, sample, session }) {
  const fields = useMemo(() => {
    const root = parseJson(sample.body);
    return root ? leaves(root).slice(0, MAX_FIELDS) : [];
  }, [sample]);
  const profiles = session.profiles.filter((one) => one.has_secret);
  const [endpoint, setEndpoint] = useState(session.endpoints[0] ?? "");
  const [profile, setProfile] = useState((profiles.find((one) => one.provider === provider) ?? profiles[0])?.name ?? "");
  const [tamper, setTamper] = useState("");
  const [changes, setChanges] = useState(/** @type {Map<string, string>} */ (new Map()));
  const [body, setBody] = useState(/** @type {string|null} */ (null));
  const ask = (/** @type {boolean} */ isDryRun, /** @type {AbortSignal} */ signal) =>
    post("send", {
      endpoint, provider, event: sample.event, channel: sample.channel, body, set: body === null ? [...changes].map(([path, value]) => [path, typed(path, value)]) : [],
      tamper: tamper || null, profile: profile || null, dry_run: isDryRun,
    }, signal);
  const sending = useSending(endpoint, ask, [profile, tamper, changes, body]);

  /** A value as JSON; a text field keeps text, another takes what is JSON. */
  const typed = (/** @type {string} */ path, /** @type {string} */ value) => {
    if (fields.find((one) => one.path === path)?.node.kind === "string") return value;
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  };
  const change = (/** @type {string} */ path, /** @type {string} */ value, /** @type {string} */ before) => {
    const next = new Map(changes);
    if (value === before) next.delete(path);
    else next.set(path, value);
    setChanges(next);
  };
  const violations = sending.preview?.violations ?? [];
  return html`<form class="form" onSubmit=${sending.submit}>
    <${EndpointField} session=${session} value=${endpoint} onChange=${setEndpoint} />
    <div class="columns">
      <label>Sign with <select value=${profile} onChange=${(/** @type {any} */ e) => setProfile(e.target.value)}>
        <option value="">no secret</option>
        ${profiles.map((one) => html`<option value=${one.name}>${secretOf(one.name)}</option>`)}</select></label>
      <label>Corrupt it <select value=${tamper} onChange=${(/** @type {any} */ e) => setTamper(e.target.value)}>
        <option value="">no</option>${TAMPER.map(([mode, title]) => html`<option value=${mode}>${mode}: ${title}</option>`)}</select></label>
    </div>
    <${SendButton} sending=${sending} endpoint=${endpoint}>
      <span role="status" class="quiet"> ${violations.length > 0 && `${plural(violations.length, "violation")} of the schema`}</span>
    <//>
    ${violations.length > 0 && html`<ul class="violations">${violations.map((one) => html`<li><span class="mono"><${Visible} text=${one.pointer ?? one.path ?? ""} max=${300} /></span>
      <span class="finding bad"><span aria-hidden="true">✕</span> <${Visible} text=${one.message} max=${500} /></span></li>`)}</ul>`}
    <label class="check"><input type="checkbox" checked=${body !== null} onChange=${(/** @type {any} */ e) => setBody(e.target.checked ? sample.body : null)} /> Write the body by hand</label>
    ${body !== null
      ? html`<label>Body <textarea class="mono" rows="12" spellcheck=${false} value=${body} onInput=${(/** @type {any} */ e) => setBody(e.target.value)}></textarea></label>`
      : html`<fieldset><legend>Fields</legend>
        ${fields.map(({ path, pointer, node }) => html`<${Field} key=${path} path=${path} node=${node} schema=${fieldSchema(sample.schema, pointer)}
          value=${changes.get(path) ?? node.text} onChange=${change} violations=${violations.filter((one) => (one.pointer ?? one.path) === pointer)} />`)}
        ${fields.length === MAX_FIELDS && html`<p class="quiet">Only the first ${MAX_FIELDS} fields are shown.</p>`}
        </fieldset>`}
    <${DryRun} sending=${sending} />
  </form>`;
}

/**
 * @param {{path: string, node: import("./json.mjs").Node, schema: any, value: string, violations: any[],
 *   onChange: (path: string, value: string, before: string) => void}} props
 */
function Field({ path, node, schema, value, violations, onChange }) {
  const set = (/** @type {any} */ e) => onChange(path, e.target.value, node.text);
  const choices = Array.isArray(schema.enum) ? schema.enum.map(String) : schema.type === "boolean" ? ["true", "false"] : null;
  return html`<label class="field"><span class="mono">${path}</span>
    ${choices
      ? html`<select value=${value} onChange=${set}>${[...new Set([...choices, node.text])].map((one) => html`<option value=${one}>${one}</option>`)}</select>`
      : html`<input value=${value} onInput=${set} />`}
    ${schema.description && html`<span class="quiet">${schema.description}</span>`}
    ${violations.map((one) => html`<span class="finding bad"><span aria-hidden="true">✕</span> <${Visible} text=${one.message} max=${300} /></span>`)}
  </label>`;
}
