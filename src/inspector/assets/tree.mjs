// @ts-check
// The payload as a tree: each violation stands beside its field, and fields that no document mentions are grey.
import { html, useMemo, useState } from "./html.mjs";
import { parseJson, step } from "./json.mjs";
import { Visible, plural } from "./text.mjs";

/** @typedef {import("./json.mjs").Node} Node @typedef {import("./api.mjs").Finding} Finding */

const OPEN_DEPTH = 4;
const MAX_CHILDREN = 200;

/** @param {Finding[]} findings @returns {Map<string, string[]>} */
function byPointer(findings) {
  /** @type {Map<string, string[]>} */
  const map = new Map();
  for (const finding of findings) {
    const pointer = finding.pointer ?? finding.path ?? "";
    map.set(pointer, [...(map.get(pointer) ?? []), finding.message]);
  }
  return map;
}

/** @param {Node} node @param {string} pointer @returns {boolean} */
function exists(node, pointer) {
  if (pointer === "") return true;
  /** @type {Node|undefined} */
  let at = node;
  for (const part of pointer.slice(1).split("/")) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    at = at.items.find((item) => item.key === key)?.node;
    if (!at) return false;
  }
  return true;
}

/**
 * @param {{text: string, violations: Finding[], unknown: Finding[], onBytes?: (offset: number) => void}} props
 *   `onBytes` gets an offset in characters
 */
export function PayloadTree({ text, violations, unknown, onBytes }) {
  const root = useMemo(() => parseJson(text), [text]);
  const marks = useMemo(() => {
    const wrong = byPointer(violations);
    // A missing field has no place of its own: it is shown as a child of what should hold it.
    /** @type {Map<string, {key: string, messages: string[]}[]>} */
    const missing = new Map();
    if (root) {
      for (const [pointer, messages] of wrong) {
        if (exists(root, pointer)) continue;
        let parent = pointer.slice(0, pointer.lastIndexOf("/"));
        while (!exists(root, parent)) parent = parent.slice(0, parent.lastIndexOf("/"));
        const key = pointer.slice(parent.length + 1).replaceAll("~1", "/").replaceAll("~0", "~");
        missing.set(parent, [...(missing.get(parent) ?? []), { key, messages }]);
      }
    }
    return { wrong, missing, unknown: byPointer(unknown), onBytes };
  }, [root, violations, unknown]);
  if (!root) return html`<p class="note">The body is not JSON that can be shown as a tree. See its bytes.</p>`;
  return html`<ul class="tree" aria-label="Payload">
    <${Branch} name=${null} node=${root} pointer="" depth=${0} marks=${marks} isArray=${false} />
  </ul>`;
}

/** @param {{name: string|null, node: Node, pointer: string, depth: number, marks: any, isArray: boolean}} props */
function Branch({ name, node, pointer, depth, marks, isArray }) {
  const wrong = marks.wrong.get(pointer) ?? [];
  const unknown = marks.unknown.get(pointer) ?? [];
  const missing = marks.missing.get(pointer) ?? [];
  const isContainer = node.kind === "object" || node.kind === "array";
  const [isOpen, setOpen] = useState(depth < OPEN_DEPTH);
  const [limit, setLimit] = useState(MAX_CHILDREN);
  const label = html`
    ${name !== null && html`<span class=${isArray ? "index" : "key"}><${Visible} text=${name} max=${500} /></span>: `}
    <${Leaf} node=${node} onBytes=${marks.onBytes} />`;
  const notes = html`
    ${wrong.map((/** @type {string} */ message) => html`<span class="finding bad"><span aria-hidden="true">✕</span> <${Visible} text=${message} /></span>`)}
    ${unknown.map((/** @type {string} */ message) => html`<span class="finding"><${Visible} text=${message} /></span>`)}`;
  const className = `${wrong.length > 0 ? "wrong" : ""} ${unknown.length > 0 ? "unknown" : ""}`;
  if (!isContainer || (node.items.length === 0 && missing.length === 0)) {
    return html`<li class=${className}><div class="branch">${label}${notes}</div></li>`;
  }
  const shown = isOpen ? node.items.slice(0, limit) : [];
  return html`<li class=${className}>
    <div class="branch">
      <button type="button" class="fold" aria-expanded=${isOpen ? "true" : "false"} onClick=${() => setOpen(!isOpen)}
        aria-label=${`${isOpen ? "Fold" : "Unfold"} ${name ?? "the payload"}`.slice(0, 100)}>${isOpen ? "▾" : "▸"}</button>
      ${label}${notes}
    </div>
    ${isOpen && html`<ul>
      ${missing.map((/** @type {{key: string, messages: string[]}} */ one) => html`<li class="wrong" key=${`missing ${one.key}`}><div class="branch">
        <span class="key absent"><${Visible} text=${one.key} max=${500} /></span>
        ${one.messages.map((message) => html`<span class="finding bad"><span aria-hidden="true">✕</span> <${Visible} text=${message} /></span>`)}
      </div></li>`)}
      ${shown.map(({ key, node: inner }, i) => html`<${Branch} key=${i} name=${key} node=${inner} pointer=${step(pointer, key)}
        depth=${depth + 1} marks=${marks} isArray=${node.kind === "array"} />`)}
      ${node.items.length > limit && html`<li><button type="button" class="small" onClick=${() => setLimit(limit * 5)}>
        Show more of ${plural(node.items.length - limit, "value")}</button></li>`}
    </ul>`}
  </li>`;
}

/** @param {{node: Node, onBytes?: (offset: number) => void}} props */
function Leaf({ node, onBytes }) {
  if (node.kind === "object" || node.kind === "array") {
    const [open, close, one] = node.kind === "object" ? ["{", "}", "field"] : ["[", "]", "value"];
    return html`<span class="quiet">${open} ${plural(node.items.length, one)} ${close}</span>`;
  }
  const value = node.kind === "string"
    ? html`<span class="string">"<${Visible} text=${node.text} max=${2000} />"</span>`
    : html`<span class="number"><${Visible} text=${node.text} max=${200} /></span>`;
  if (!onBytes) return value;
  return html`${value} <button type="button" class="to-bytes" title="Show these bytes" aria-label="Show these bytes"
    onClick=${() => onBytes(node.start)}>⌗</button>`;
}
