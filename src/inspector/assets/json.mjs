// @ts-check
// JSON as it is written: numbers keep their digits, repeated keys stay, and each value knows its place in the text.

/**
 * @typedef {{kind: "object"|"array"|"string"|"number"|"word", start: number, end: number, text: string,
 *   items: {key: string, node: Node}[]}} Node `text` is a string's value, and else the source of a number or word
 */

const MAX_DEPTH = 200;
const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/** @param {string} text @returns {Node|null} nothing if the text is not JSON, or nested too deeply */
export function parseJson(text) {
  let at = 0;

  /** @param {RegExp} pattern */
  const take = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };

  const skip = () => take(SPACE);

  /** @param {number} depth @returns {Node|null} */
  const value = (depth) => {
    skip();
    const start = at;
    const first = text[at];
    if (first === "{" || first === "[") return container(first, start, depth);
    const kind = first === '"' ? "string" : first === "t" || first === "f" || first === "n" ? "word" : "number";
    const source = take(kind === "string" ? STRING : kind === "word" ? WORD : NUMBER);
    if (!source) return null;
    return { kind, start, end: at, text: kind === "string" ? JSON.parse(source) : source, items: [] };
  };

  /** @param {string} open @param {number} start @param {number} depth @returns {Node|null} */
  const container = (open, start, depth) => {
    if (depth >= MAX_DEPTH) return null;
    const isObject = open === "{";
    const close = isObject ? "}" : "]";
    /** @type {Node} */
    const node = { kind: isObject ? "object" : "array", start, end: 0, text: "", items: [] };
    at += 1;
    skip();
    if (text[at] === close) at += 1;
    else {
      for (;;) {
        let key = String(node.items.length);
        if (isObject) {
          skip();
          const source = take(STRING);
          skip();
          if (!source || text[at] !== ":") return null;
          at += 1;
          key = JSON.parse(source);
        }
        const inner = value(depth + 1);
        if (!inner) return null;
        node.items.push({ key, node: inner });
        skip();
        const next = text[at++];
        if (next === close) break;
        if (next !== ",") return null;
      }
    }
    node.end = at;
    return node;
  };

  const root = value(0);
  skip();
  return root && at === text.length ? root : null;
}

/** @param {string} pointer @param {string} key a JSON Pointer's next step */
export function step(pointer, key) {
  return `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/**
 * The leaves with their paths in the notation of `--set`: `payload.items[0].name`.
 * @param {Node} node
 * @param {string} [path]
 * @param {string} [pointer]
 * @returns {{path: string, pointer: string, node: Node}[]}
 */
export function leaves(node, path = "", pointer = "") {
  if (node.items.length === 0) return path ? [{ path, pointer, node }] : [];
  return node.items.flatMap(({ key, node: inner }) => {
    const next = node.kind === "array" ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    return leaves(inner, next, step(pointer, key));
  });
}
