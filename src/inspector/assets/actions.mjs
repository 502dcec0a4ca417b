// @ts-check
// The actions of the page, each with its key. A screen offers an action while it is shown; keys and the command palette
// run what is offered.
import { useEffect, useRef } from "./html.mjs";
import { keysEnabled } from "./settings.mjs";

/** @typedef {{id: string, keys: string[], title: string}} Action */

/** @type {Action[]} */
export const ACTIONS = [
  { id: "next", keys: ["j"], title: "Next delivery" },
  { id: "previous", keys: ["k"], title: "Previous delivery" },
  { id: "open", keys: ["Enter"], title: "Open the delivery" },
  { id: "back", keys: ["Escape"], title: "Close, or go back" },
  { id: "filter", keys: ["/"], title: "Filter the deliveries" },
  { id: "follow", keys: ["f"], title: "Follow the newest delivery" },
  { id: "previous-failure", keys: ["["], title: "Previous failure" },
  { id: "next-failure", keys: ["]"], title: "Next failure" },
  { id: "bytes", keys: ["b"], title: "Bytes, at the difference" },
  { id: "mark", keys: ["m"], title: "Mark for a comparison" },
  { id: "compare", keys: ["d"], title: "Compare with the marked delivery" },
  { id: "replay", keys: ["r"], title: "Replay" },
  { id: "edit", keys: ["e"], title: "Edit and replay" },
  { id: "send", keys: ["s"], title: "Send a sample" },
  { id: "test", keys: ["t"], title: "Test an endpoint" },
  { id: "copy-curl", keys: ["c"], title: "Copy as curl" },
  { id: "copy-command", keys: ["y"], title: "Copy the cz-hook command" },
  { id: "export", keys: ["x"], title: "Export" },
  { id: "list", keys: [], title: "Show the deliveries" },
  { id: "stats", keys: [], title: "Show the statistics" },
  { id: "behaviour", keys: [], title: "Change the responses of the listener" },
  { id: "help", keys: ["?"], title: "Keys and settings" },
  { id: "palette", keys: ["Ctrl+K"], title: "Find a command" },
];

/** @type {Map<string, (() => void)[]>} */
const offered = new Map();

/**
 * Offers an action while the component is shown. The one offered last is run.
 * @param {string} id
 * @param {(() => void)|null} run
 */
export function useAction(id, run) {
  const latest = useRef(run);
  latest.current = run;
  const isOffered = run !== null;
  useEffect(() => {
    if (!isOffered) return;
    const call = () => latest.current?.();
    offered.set(id, [...(offered.get(id) ?? []), call]);
    return () => {
      offered.set(id, (offered.get(id) ?? []).filter((one) => one !== call));
    };
  }, [id, isOffered]);
}

/** @param {string} id */
export function isOffered(id) {
  return (offered.get(id)?.length ?? 0) > 0;
}

/** @param {string} id @returns {boolean} whether the action is offered */
export function runAction(id) {
  const run = offered.get(id)?.at(-1);
  run?.();
  return run !== undefined;
}

/** @param {EventTarget|null} target */
function isInput(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.defaultPrevented || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    if (runAction("palette")) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !keysEnabled.current) return;
  // A dialog has its own keys, and closes itself with Escape.
  if (document.querySelector("dialog[open]")) return;
  if (isInput(event.target)) {
    if (event.key === "Escape") /** @type {HTMLElement} */ (event.target).blur();
    return;
  }
  // Enter on a link or a button is its own.
  if (event.key === "Enter" && event.target instanceof Element && event.target.closest("a,button,summary")) return;
  const action = ACTIONS.find((one) => one.keys.includes(event.key));
  if (action && runAction(action.id)) event.preventDefault();
}

addEventListener("keydown", onKey);
