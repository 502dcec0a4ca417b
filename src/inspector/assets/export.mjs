// @ts-check
// Saves the filtered deliveries as a file.
import { download, query } from "./api.mjs";
import { Dialog, ErrorNote, useTask } from "./common.mjs";
import { html, useState } from "./html.mjs";
import { countText } from "./list.mjs";

const FORMATS = /** @type {const} */ ([
  ["har", "HAR, for a browser's network panel", "har"],
  ["ndjson", "JSON lines, as listen --json prints them", "ndjson"],
  ["postman", "Postman collection", "json"],
  ["pytest", "Tests for pytest", "py"],
  ["vitest", "Tests for Vitest", "mjs"],
]);

/** @param {{rows: import("./rows.mjs").Rows, formats: string[], onClose: () => void}} props */
export function Export({ rows, formats, onClose }) {
  const [format, setFormat] = useState("har");
  const [isRedacted, setRedacted] = useState(true);
  const [isRunning, error, run] = useTask();
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const extension = FORMATS.find(([name]) => name === format)?.[2] ?? "txt";
    run(async () => {
      await download(`export${query({ as: format, q: rows.filter, redact: String(isRedacted) })}`, `deliveries.${extension}`);
      onClose();
    });
  };
  return html`<${Dialog} title="Export" onClose=${onClose}>
    <form class="form" onSubmit=${submit}>
      <p>${rows.filter ? html`The deliveries that match <code>${rows.filter}</code>: ${countText(rows)}.` : `All ${countText(rows)} deliveries.`}</p>
      <label>Format <select value=${format} onChange=${(/** @type {any} */ e) => setFormat(e.target.value)}>
        ${FORMATS.filter(([name]) => formats.includes(name)).map(([name, title]) => html`<option value=${name}>${title}</option>`)}</select></label>
      <label class="check"><input type="checkbox" checked=${isRedacted} onChange=${(/** @type {any} */ e) => setRedacted(e.target.checked)} /> Remove private values and signatures</label>
      <${ErrorNote} error=${error} />
      <div><button type="submit" class="primary" disabled=${isRunning}>${isRunning ? "Exporting…" : "Save"}</button></div>
    </form>
  <//>`;
}
