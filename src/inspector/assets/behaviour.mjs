// @ts-check
// How the listener responds, changed while it runs: its response, a delay, faults.
import { announce } from "./announce.mjs";
import { post } from "./api.mjs";
import { Dialog, ErrorNote, useTask } from "./common.mjs";
import { html, useState } from "./html.mjs";

/** The numbers: their names, what they mean, their steps. */
const NUMBERS = /** @type {const} */ ([
  ["delay_ms", "Delay, in milliseconds", "1"],
  ["drop_first", "Close the connection of the first deliveries", "1"],
  ["fail_first", "Fail the first deliveries after those", "1"],
  ["fail_rate", "Share of deliveries that fail, from 0 to 1", "any"],
]);

/** @param {{behaviour: Record<string, any>, onChange: (behaviour: Record<string, any>) => void, onClose: () => void}} props */
export function Behaviour({ behaviour, onChange, onClose }) {
  const [status, setStatus] = useState(behaviour.status == null ? "" : String(behaviour.status));
  const [body, setBody] = useState(/** @type {string} */ (behaviour.body ?? ""));
  const [numbers, setNumbers] = useState(/** @type {Record<string, string>} */ (
    Object.fromEntries(NUMBERS.map(([name]) => [name, String(behaviour[name] ?? 0)]))));
  const [isRunning, error, run] = useTask();
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    run(async () => {
      const values = Object.fromEntries(NUMBERS.map(([name]) => [name, Number(numbers[name])]));
      const respond = status === "" ? null : { status: Number(status), body: body === "" ? null : body };
      onChange(await post("behaviour", { respond, ...values }));
      announce("The listener responds as chosen from now on.");
      onClose();
    });
  };
  return html`<${Dialog} title="Responses of the listener" onClose=${onClose}>
    <form class="form" onSubmit=${submit}>
      <label>Status; empty for the usual one <input type="number" min="200" max="599" value=${status} onInput=${(/** @type {any} */ e) => setStatus(e.target.value)} /></label>
      <label>Body of that response <input value=${body} disabled=${status === ""} onInput=${(/** @type {any} */ e) => setBody(e.target.value)} /></label>
      ${NUMBERS.map(([name, title, step]) => html`<label key=${name}>${title} <input type="number" min="0" step=${step} required value=${numbers[name]}
        onInput=${(/** @type {any} */ e) => setNumbers({ ...numbers, [name]: e.target.value })} /></label>`)}
      <${ErrorNote} error=${error} />
      <div><button type="submit" class="primary" disabled=${isRunning}>Apply</button></div>
    </form>
  <//>`;
}
