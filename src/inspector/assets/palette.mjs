// @ts-check
// Finds a command by its name: Ctrl+K.
import { ACTIONS, isOffered, runAction } from "./actions.mjs";
import { Dialog } from "./common.mjs";
import { html, useState } from "./html.mjs";

/** @param {{onClose: () => void}} props */
export function Palette({ onClose }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const words = text.toLowerCase().split(/\s+/);
  const found = ACTIONS.filter((one) => one.id !== "palette" && isOffered(one.id) && words.every((word) => one.title.toLowerCase().includes(word)));
  const run = (/** @type {string} */ id) => {
    onClose();
    // After the dialog has given the focus back.
    setTimeout(() => runAction(id), 0);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined && found.length > 0) {
      event.preventDefault();
      setChosen((chosen + by + found.length) % found.length);
    } else if (event.key === "Enter" && found[chosen]) {
      event.preventDefault();
      run(found[chosen].id);
    }
  };
  return html`<${Dialog} title="Find a command" onClose=${onClose}>
    <input class="wide-input" role="combobox" aria-label="Command" aria-expanded="true" aria-controls="commands" autofocus value=${text}
      aria-activedescendant=${found[chosen] ? `command-${found[chosen].id}` : undefined} onKeyDown=${onKeyDown}
      onInput=${(/** @type {any} */ e) => { setText(e.target.value); setChosen(0); }} />
    ${found.length === 0 && html`<p class="quiet">No command has this name.</p>`}
    <ul role="listbox" id="commands" class="commands" aria-label="Commands">${found.map((one, i) => html`
      <li role="option" id="command-${one.id}" key=${one.id} aria-selected=${i === chosen ? "true" : "false"} onClick=${() => run(one.id)}>
        ${one.title} ${one.keys.map((key) => html`<kbd>${key}</kbd>`)}</li>`)}</ul>
  <//>`;
}
