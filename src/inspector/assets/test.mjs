// @ts-check
// The conformance test of an endpoint, as it runs: each case with why it matters and how to fix what failed.
import { announce } from "./announce.mjs";
import { jsonLines, send } from "./api.mjs";
import { Command, ErrorNote, useTask } from "./common.mjs";
import { html, useState } from "./html.mjs";
import { EndpointField, secretOf } from "./replay.mjs";
import { Visible, duration, plural } from "./text.mjs";

/** @param {any} one */
function fails(one) {
  return one.outcome === "failed" && !one.tolerated;
}

/** @param {{session: import("./api.mjs").Session}} props */
export function Test({ session }) {
  const [endpoint, setEndpoint] = useState(session.endpoints[0] ?? "");
  const [profile, setProfile] = useState(session.profiles[0]?.name ?? "");
  const [cases, setCases] = useState(/** @type {Map<string, any>} */ (new Map()));
  const [summary, setSummary] = useState(/** @type {any} */ (null));
  const [progress, setProgress] = useState(/** @type {{done: number, total: number, id: string}|null} */ (null));
  const [showsAll, setShowsAll] = useState(false);
  const [isRunning, error, run] = useTask();
  const start = (/** @type {string[]|null} */ only) => run(async () => {
    const found = only ? new Map(cases) : new Map();
    for (const id of only ?? []) found.delete(id);
    setCases(new Map(found));
    setSummary(null);
    setProgress(null);
    const response = await send("test", { endpoint, profile: profile || null, only });
    let drawn = 0;
    for await (const line of jsonLines(response)) {
      if (line.type === "progress") setProgress(line);
      else if (line.type === "case") found.set(line.id, line);
      else if (line.type === "summary") setSummary(line);
      if (performance.now() - drawn > 100) {
        drawn = performance.now();
        setCases(new Map(found));
      }
    }
    setCases(new Map(found));
    announce(`The test has ended: ${plural([...found.values()].filter(fails).length, "failed case")}.`);
  });
  const all = [...cases.values()];
  const failed = all.filter(fails);
  const passed = all.filter((one) => one.outcome === "passed");
  const shown = showsAll ? [...failed, ...all.filter((one) => !fails(one))] : failed;
  return html`<div class="screen">
    <h2>Test an endpoint</h2>
    <form class="form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); start(null); }}>
      <${EndpointField} session=${session} value=${endpoint} onChange=${setEndpoint} />
      <label>Sign with <select value=${profile} onChange=${(/** @type {any} */ e) => setProfile(e.target.value)}>
        ${session.profiles.map((one) => html`<option value=${one.name}>${secretOf(one.name)}</option>`)}</select></label>
      <div class="bar"><button type="submit" class="primary" disabled=${isRunning || !endpoint}>${isRunning ? "Testing…" : "Run the test"}</button>
        ${failed.length > 0 && html`<button type="button" disabled=${isRunning} onClick=${() => start(failed.map((one) => one.id))}>Run the failed cases again</button>`}
        <label class="check"><input type="checkbox" checked=${showsAll} onChange=${(/** @type {any} */ e) => setShowsAll(e.target.checked)} /> Show all cases</label></div>
    </form>
    <${ErrorNote} error=${error} />
    ${all.length === 0 && !isRunning && html`<p class="quiet">The test sends genuine, forged and unusual deliveries to the endpoint and judges its responses. It takes about half a minute.</p>`}
    ${isRunning && progress && html`<p><label>${progress.done} of ${progress.total}: <span class="mono">${progress.id}</span>
      <progress max=${progress.total} value=${progress.done}></progress></label></p>`}
    ${all.length > 0 && html`<p role="status">${plural(all.length, "case")}: ${passed.length} passed, ${failed.length} failed${summary ? `, ${summary.skipped} skipped` : "…"}</p>`}
    ${summary && html`<p class="sentence"><span class="chip ${summary.verdict === "passed" ? "good" : "bad"}"><span aria-hidden="true">${summary.verdict === "passed" ? "✓" : "✕"}</span> ${summary.verdict}</span>
      ${summary.stopped && html` <${Visible} text=${`${summary.stopped.reason}. ${summary.stopped.hint}`} />`}</p>
      ${summary.findings.map((/** @type {any} */ one) => html`<div class="note ${one.fails ? "bad" : ""}"><p><strong><${Visible} text=${one.title} /></strong></p>
        <p><${Visible} text=${one.change} /></p></div>`)}`}
    ${shown.length > 0 && html`<ul class="cases">${shown.map((one) => html`<${Case} key=${one.id} one=${one} />`)}</ul>`}
  </div>`;
}

/** @param {{one: any}} props */
function Case({ one }) {
  const tone = fails(one) ? "bad" : one.outcome === "passed" ? (one.warned ? "warn" : "good") : "none";
  const icon = { bad: "✕", good: "✓", warn: "!", none: "–" }[tone];
  return html`<li><details open=${fails(one)}>
    <summary><span class="chip ${tone}"><span aria-hidden="true">${icon}</span> ${one.tolerated ? "tolerated" : one.outcome}</span>
      <span class="mono">${one.id}</span> <${Visible} text=${one.title} /> <span class="quiet">${one.severity} · ${duration(one.duration_ms)} ms</span></summary>
    <dl class="facts">
      <div><dt>Evidence</dt><dd><${Visible} text=${one.reason} /></dd></div>
      <div><dt>Why</dt><dd><${Visible} text=${one.why} /></dd></div>
      <div><dt>Fix</dt><dd><${Visible} text=${one.fix} /></dd></div>
    </dl>
    ${one.request?.curl && html`<${Command} text=${one.request.curl} what="the curl command" />`}
  </details></li>`;
}
