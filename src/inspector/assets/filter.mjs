// @ts-check
// The filter above the list, and the search in all bodies, whose hits are shown as they are found.
import { useAction } from "./actions.mjs";
import { jsonLines, query, request } from "./api.mjs";
import { ErrorNote } from "./common.mjs";
import { html, useEffect, useRef, useState } from "./html.mjs";
import { countText } from "./list.mjs";
import { deliveryUrl, listUrl, navigate, route } from "./route.mjs";
import { Visible, plural } from "./text.mjs";
import { useValue } from "./value.mjs";

/** The filters that are offered as buttons. */
const QUICK = /** @type {const} */ ([
  ["All", ""],
  ["Invalid signature", "sig:invalid"],
  ["Violations", "payload:violations"],
  ["Errors", "status:4xx"],
  ["Rejected", "is:rejected"],
  ["Duplicates", "is:duplicate"],
]);
const MAX_HITS = 200;

/** @param {{rows: import("./rows.mjs").Rows, onExport: () => void}} props */
export function FilterBar({ rows, onExport }) {
  const { q } = useValue(route);
  const input = useRef(/** @type {HTMLInputElement|null} */ (null));
  const [text, setText] = useState(q);
  const [searched, setSearched] = useState("");
  useValue(rows.changed);
  useEffect(() => setText(q), [q]);
  useAction("filter", () => input.current?.select());
  const apply = (/** @type {string} */ value) => navigate(listUrl(value.trim()));
  return html`
    <form class="filter" role="search" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); apply(text); }}>
      <input ref=${input} type="search" class="mono" aria-label="Filter" placeholder='sig:invalid event:lead.* status:4xx body:"text" since:10m'
        spellcheck=${false} autocomplete="off" value=${text} onInput=${(/** @type {any} */ e) => setText(e.target.value)} />
      <button type="submit">Filter</button>
      <button type="button" onClick=${() => setSearched(text.trim())} disabled=${!text.trim()}>Search bodies</button>
      <button type="button" onClick=${onExport}>Export</button>
    </form>
    <div class="quick" role="group" aria-label="Filters">
      ${QUICK.map(([title, value]) => html`<button type="button" class="small" aria-pressed=${q === value ? "true" : "false"} onClick=${() => apply(value)}>${title}</button>`)}
      <span class="quiet count" role="status">${countText(rows)}</span>
    </div>
    ${rows.error && html`<${ErrorNote} error=${rows.error} />`}
    ${searched && html`<${Search} key=${searched} text=${searched} onClose=${() => setSearched("")} />`}`;
}

/** @param {{text: string, onClose: () => void}} props */
function Search({ text, onClose }) {
  const [hits, setHits] = useState(/** @type {{id: number, at: number, excerpt: string}[]} */ ([]));
  const [state, setState] = useState("searching");
  const [error, setError] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const aborting = new AbortController();
    (async () => {
      const found = [];
      const response = await request(`search${query({ text })}`, { signal: aborting.signal });
      for await (const hit of jsonLines(response)) {
        if (hit.done) break;
        found.push(hit);
        setHits([...found]);
        if (found.length >= MAX_HITS) break;
      }
      aborting.abort();
      setState(found.length >= MAX_HITS ? "cut" : "done");
    })().catch((failed) => aborting.signal.aborted || setError(failed));
    return () => aborting.abort();
  }, [text]);
  const said = { searching: "so far", cut: "shown, there may be more", done: "" }[state];
  return html`<section class="search" aria-label="Hits in bodies">
    <div class="bar"><span role="status">${plural(hits.length, "hit")} for <code>${text}</code> ${said}</span>
      <button type="button" class="small" onClick=${onClose}>Close</button></div>
    <${ErrorNote} error=${error} />
    <ul>${hits.map((hit) => html`<li key=${`${hit.id} ${hit.at}`}><a href=${deliveryUrl(hit.id, { tab: "bytes", at: hit.at })}>${hit.id}</a>
      <span class="mono"><${Visible} text=${hit.excerpt} max=${300} /></span></li>`)}</ul>
  </section>`;
}
