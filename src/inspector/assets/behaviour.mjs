// @ts-check
// How the listener responds, changed while it runs: its response, a delay, faults at first.
import { announce } from "./announce.mjs";
import { post } from "./api.mjs";
import { Dialog, ErrorNote, useTask } from "./common.mjs";
import { html, useState } from "./html.mjs";

const TITLES = new Map([
  ["respond", "Respond with this status, or another --respond value"],
  ["status", "Status"],
  ["body", "Body"],
  ["delay_ms", "Delay in ms"],
  ["fail_first", "Fail the first attempts of each delivery"],
  ["fail_rate", "Share of deliveries that fail, in percent"],
]);

/** @param {{behaviour: Record<string, any>, onChange: (behaviour: Record<string, any>) => void, onClose: () => void}} props */
export function Behaviour({ behaviour, onChange, onClose }) {
  const [values, setValues] = useState(behaviour);
  const [isRunning, error, run] = useTask();
  const set = (/** @type {string} */ name, /** @type {any} */ value) => setValues({ ...values, [name]: value });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    run(async () => {
      onChange(await post("behaviour", values));
      announce("The listener responds as chosen from now on.");
      onClose();
    });
  };
  return html`<${Dialog} title="Responses of the listener" onClose=${onClose}>
    <form class="form" onSubmit=${submit}>
      ${Object.entries(values).map(([name, value]) => field(name, value, set))}
      <${ErrorNote} error=${error} />
      <div><button type="submit" class="primary" disabled=${isRunning}>Apply</button></div>
    </form>
  <//>`;
}

/** @param {string} name @param {any} value @param {(name: string, value: any) => void} set */
function field(name, value, set) {
  const title = TITLES.get(name) ?? name.replaceAll("_", " ");
  if (typeof value === "boolean") {
    return html`<label class="check" key=${name}><input type="checkbox" checked=${value} onChange=${(/** @type {any} */ e) => set(name, e.target.checked)} /> ${title}</label>`;
  }
  if (value !== null && typeof value === "object") return null;
  const isNumber = typeof value === "number" || /^(status|delay_ms|fail_)/.test(name);
  return html`<label key=${name}>${title} <input type=${isNumber ? "number" : "text"} min="0" step="any" value=${value ?? ""}
    onInput=${(/** @type {any} */ e) => set(name, e.target.value === "" ? null : isNumber ? Number(e.target.value) : e.target.value)} /></label>`;
}
