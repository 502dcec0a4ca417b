// @ts-check
// The keys, and the settings of this browser.
import { ACTIONS } from "./actions.mjs";
import { Dialog } from "./common.mjs";
import { html } from "./html.mjs";
import { keysEnabled, theme } from "./settings.mjs";
import { useValue } from "./value.mjs";

/** @param {{onClose: () => void, version: string}} props */
export function Help({ onClose, version }) {
  const hasKeys = useValue(keysEnabled);
  const current = useValue(theme);
  return html`<${Dialog} title="Keys and settings" onClose=${onClose} wide>
    <div class="form columns">
      <label>Theme <select value=${current} onChange=${(/** @type {any} */ e) => theme.set(e.target.value)}>
        <option value="system">As the system</option><option value="light">Light</option><option value="dark">Dark</option></select></label>
      <label class="check"><input type="checkbox" checked=${hasKeys} onChange=${(/** @type {any} */ e) => keysEnabled.set(e.target.checked)} /> Single keys work outside of fields</label>
    </div>
    <table class="keys"><tbody>${ACTIONS.filter((one) => one.keys.length > 0).map((one) => html`<tr>
      <th scope="row">${one.keys.map((key) => html`<kbd>${key}</kbd>`)}</th><td>${one.title}</td></tr>`)}</tbody></table>
    <p class="quiet">In the list, the arrow keys, Page Up, Page Down, Home and End move too. In the bytes, the arrow keys move the cursor.</p>
    <p class="quiet">cz-hook ${version}. This page makes no request outside of this machine.</p>
  <//>`;
}
