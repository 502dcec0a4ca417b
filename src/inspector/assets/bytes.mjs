// @ts-check
// The bytes of a body, as hex or as text, fetched in pieces when they are looked at. It draws only the lines that can be
// seen. A cursor marks one byte; the arrow keys move it.
import { range } from "./api.mjs";
import { html, useEffect, useRef, useState } from "./html.mjs";
import { count } from "./text.mjs";

const LINE_HEIGHT = 20;
const CHUNK = 65536;
const MAX_CHUNKS = 48;
// Browsers limit the height of an element; a longer view scales its scrolling.
const MAX_HEIGHT = 8_000_000;
const CONTROL_NAMES = new Map([[0, "NUL"], [9, "tab"], [10, "line feed"], [13, "carriage return"], [32, "space"], [127, "DEL"]]);
const CONTROL_MARKS = new Map([[0, "␀"], [9, "→"], [10, "␊"], [13, "␍"], [32, "·"], [127, "␡"]]);

/** @typedef {"hex"|"text"} Mode */

class ByteView {
  /**
   * @param {HTMLElement} element
   * @param {{path: string, size: number, mode: Mode, at: number, onMove: (at: number, said: string) => void}} options
   */
  constructor(element, { path, size, mode, at, onMove }) {
    this.element = element;
    this.path = path;
    this.size = size;
    this.mode = mode;
    this.at = Math.max(0, Math.min(at, size - 1));
    this.onMove = onMove;
    /** @type {Map<number, Uint8Array|null>} */
    this.chunks = new Map();
    this.aborting = new AbortController();
    this.spacer = document.createElement("div");
    this.spacer.className = "bytes-spacer";
    this.lines = document.createElement("div");
    this.lines.className = "bytes-lines";
    this.spacer.append(this.lines);
    element.replaceChildren(this.spacer);
    element.addEventListener("scroll", this.schedule, { passive: true });
    element.addEventListener("keydown", this.onKey);
    this.lines.addEventListener("click", this.onClick);
    this.resize = new ResizeObserver(() => this.layout());
    this.resize.observe(element);
    this.layout();
    this.reveal();
  }

  close() {
    this.aborting.abort();
    this.resize.disconnect();
    this.element.removeEventListener("scroll", this.schedule);
    this.element.removeEventListener("keydown", this.onKey);
  }

  layout() {
    const width = this.element.clientWidth;
    this.perLine = this.mode === "hex" ? (width < 560 ? 8 : width < 1000 ? 16 : 32) : width < 560 ? 32 : width < 800 ? 64 : 96;
    this.count = Math.max(1, Math.ceil(this.size / this.perLine));
    this.height = Math.min(this.count * LINE_HEIGHT, MAX_HEIGHT);
    this.spacer.style.height = `${this.height}px`;
    this.schedule();
  }

  /** The first line to draw. */
  top() {
    const shown = this.element.clientHeight;
    const all = (this.count ?? 1) * LINE_HEIGHT;
    const height = this.height ?? 0;
    if (all <= MAX_HEIGHT) return Math.floor(this.element.scrollTop / LINE_HEIGHT);
    return Math.floor(((this.element.scrollTop / Math.max(1, height - shown)) * (all - shown)) / LINE_HEIGHT);
  }

  schedule = () => {
    if (this.isScheduled) return;
    this.isScheduled = true;
    requestAnimationFrame(() => {
      this.isScheduled = false;
      if (!this.aborting.signal.aborted) this.draw();
    });
  };

  draw() {
    const perLine = this.perLine ?? 16;
    const visible = Math.ceil(this.element.clientHeight / LINE_HEIGHT) + 1;
    const first = Math.max(0, Math.min(this.top(), (this.count ?? 1) - 1));
    const last = Math.min(this.count ?? 1, first + visible);
    this.lines.style.transform = `translateY(${this.element.scrollTop}px)`;
    const lines = [];
    for (let line = first; line < last; line++) lines.push(this.line(line * perLine));
    this.lines.replaceChildren(...lines);
  }

  /** @param {number} start */
  line(start) {
    const perLine = this.perLine ?? 16;
    const end = Math.min(start + perLine, this.size);
    const line = document.createElement("div");
    line.className = "bytes-line";
    const offset = document.createElement("span");
    offset.className = "offset";
    offset.textContent = this.mode === "hex" ? start.toString(16).padStart(8, "0") : String(start).padStart(9, "\u2007");
    line.append(offset);
    const bytes = this.read(start, Math.min(end + 3, this.size));
    if (!bytes) {
      line.append(text("loading", "  …"));
      return line;
    }
    const own = bytes.subarray(0, end - start);
    if (this.mode === "hex") {
      const hex = document.createElement("span");
      hex.className = "hex";
      own.forEach((byte, i) => {
        const gap = i % 8 === 7 ? "  " : " ";
        hex.append(this.cell(start + i, byte.toString(16).padStart(2, "0"), ""), gap);
      });
      for (let i = own.length; i < perLine; i++) hex.append(i % 8 === 7 ? "    " : "   ");
      const ascii = document.createElement("span");
      ascii.className = "ascii";
      own.forEach((byte, i) => {
        const isPrintable = byte > 32 && byte < 127;
        ascii.append(this.cell(start + i, isPrintable ? String.fromCharCode(byte) : CONTROL_MARKS.get(byte) ?? ".", isPrintable ? "" : "unseen"));
      });
      line.append(hex, ascii);
    } else {
      this.characters(line, start, own.length, bytes);
    }
    return line;
  }

  /** @param {HTMLElement} line @param {number} start @param {number} length @param {Uint8Array} bytes */
  characters(line, start, length, bytes) {
    const before = start >= 3 ? this.read(start - 3, start) : null;
    let i = before ? continued(before, bytes) : 0;
    while (i < length) {
      const { char, width } = decode(bytes, i);
      const code = char?.codePointAt(0) ?? 0;
      const mark = char === null ? `\\x${(bytes[i] ?? 0).toString(16).padStart(2, "0")}` : CONTROL_MARKS.get(code);
      const isUnseen = char !== null && (code < 32 || /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u00a0\u034f\u2028\u2029]/u.test(char));
      const shown = mark ?? (isUnseen ? `\\u{${code.toString(16)}}` : char ?? "");
      line.append(this.cell(start + i, shown, mark || isUnseen ? "unseen" : ""));
      i += width;
    }
  }

  /** @param {number} at @param {string} shown @param {string} className */
  cell(at, shown, className) {
    const cell = text(className, shown);
    if (at === this.at) cell.classList.add("cursor");
    cell.dataset.at = String(at);
    return cell;
  }

  /** The bytes of a range, if they are there; else they are fetched. @param {number} from @param {number} to */
  read(from, to) {
    const out = new Uint8Array(to - from);
    let isWhole = true;
    for (let index = Math.floor(from / CHUNK); index * CHUNK < to; index++) {
      const chunk = this.chunk(index);
      if (!chunk) {
        isWhole = false;
        continue;
      }
      const begin = Math.max(from, index * CHUNK);
      const end = Math.min(to, (index + 1) * CHUNK);
      out.set(chunk.subarray(begin - index * CHUNK, end - index * CHUNK), begin - from);
    }
    return isWhole ? out : null;
  }

  /** @param {number} index */
  chunk(index) {
    const known = this.chunks.get(index);
    if (known !== undefined) return known;
    this.chunks.set(index, null);
    range(this.path, index * CHUNK, Math.min((index + 1) * CHUNK, this.size), this.aborting.signal).then(
      (bytes) => {
        this.chunks.set(index, bytes);
        for (const old of this.chunks.keys()) {
          if (this.chunks.size <= MAX_CHUNKS) break;
          if (old !== index) this.chunks.delete(old);
        }
        if (Math.floor(this.at / CHUNK) === index) this.tell();
        this.schedule();
      },
      () => setTimeout(() => this.chunks.delete(index), 1000),
    );
    return null;
  }

  /** @param {number} at */
  move(at) {
    this.at = Math.max(0, Math.min(at, this.size - 1));
    this.reveal();
    this.tell();
    this.schedule();
  }

  tell() {
    const byte = this.read(this.at, Math.min(this.at + 1, this.size))?.[0];
    if (byte === undefined) return;
    const shown = CONTROL_NAMES.get(byte) ?? (byte > 32 && byte < 127 ? String.fromCharCode(byte) : "");
    this.onMove(this.at, `byte ${count(this.at)} of ${count(this.size)}: 0x${byte.toString(16).padStart(2, "0")} ${shown}`);
  }

  reveal() {
    const line = Math.floor(this.at / (this.perLine ?? 16));
    const shown = Math.max(1, Math.floor(this.element.clientHeight / LINE_HEIGHT) - 1);
    const top = this.top();
    if (line >= top && line < top + shown) return;
    const target = Math.max(0, line - (line < top ? 0 : shown - 1)) * LINE_HEIGHT;
    const all = (this.count ?? 1) * LINE_HEIGHT;
    const scale = all <= MAX_HEIGHT ? 1 : ((this.height ?? 0) - this.element.clientHeight) / (all - this.element.clientHeight);
    this.element.scrollTop = Math.ceil(target * scale);
  }

  onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const perLine = this.perLine ?? 16;
    const page = Math.max(1, Math.floor(this.element.clientHeight / LINE_HEIGHT) - 1) * perLine;
    /** @type {Record<string, number>} */
    const to = {
      ArrowRight: this.at + 1,
      ArrowLeft: this.at - 1,
      ArrowDown: this.at + perLine,
      ArrowUp: this.at - perLine,
      PageDown: this.at + page,
      PageUp: this.at - page,
      Home: 0,
      End: this.size - 1,
    };
    const target = Object.hasOwn(to, event.key) ? to[event.key] : undefined;
    if (target === undefined) return;
    event.preventDefault();
    if (target >= 0 || event.key === "Home") this.move(target);
  };

  onClick = (/** @type {MouseEvent} */ event) => {
    const at = event.target instanceof HTMLElement ? event.target.dataset.at : undefined;
    if (at !== undefined) this.move(Number(at));
  };
}

/** @param {string} className @param {string} content */
function text(className, content) {
  const element = document.createElement("span");
  if (className) element.className = className;
  element.textContent = content;
  return element;
}

/** The character at `i`, or nothing if the byte there starts no valid one. @param {Uint8Array} bytes @param {number} i */
function decode(bytes, i) {
  const first = bytes[i] ?? 0;
  const width = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  try {
    return { char: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(i, i + width)), width };
  } catch {
    return { char: null, width: 1 };
  }
}

/** How many bytes at the start belong to a character of the line before. @param {Uint8Array} before @param {Uint8Array} bytes */
function continued(before, bytes) {
  for (let back = 1; back <= 3; back++) {
    const first = before[before.length - back] ?? 0;
    if (first < 0x80) return 0;
    if (first >= 0xc0) {
      const joined = new Uint8Array(back + 3);
      joined.set(before.subarray(before.length - back));
      joined.set(bytes.subarray(0, 3), back);
      const { char, width } = decode(joined, 0);
      return char === null ? 0 : Math.max(0, width - back);
    }
  }
  return 0;
}

/**
 * @param {{path: string, size: number, at: number|null, onAt: (at: number) => void}} props
 */
export function Bytes({ path, size, at, onAt }) {
  const element = useRef(/** @type {HTMLElement|null} */ (null));
  const view = useRef(/** @type {ByteView|null} */ (null));
  const [mode, setMode] = useState(/** @type {Mode} */ ("hex"));
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!element.current || size === 0) return;
    const start = view.current?.at ?? at ?? 0;
    view.current = new ByteView(element.current, {
      path,
      size,
      mode,
      at: start,
      onMove: (to, text) => {
        setSaid(text);
        onAt(to);
      },
    });
    return () => view.current?.close();
  }, [path, size, mode]);
  useEffect(() => {
    if (at !== null && view.current && view.current.at !== at) view.current.move(at);
  }, [at]);
  if (size === 0) return html`<p class="quiet">The body is empty.</p>`;
  return html`<div class="bytes">
    <div class="bar">
      <label>View <select value=${mode} onChange=${(/** @type {any} */ e) => setMode(e.target.value)}>
        <option value="hex">Hex</option><option value="text">Text</option></select></label>
      <label>Offset <input type="number" class="short" min="0" max=${size - 1} value=${at ?? 0}
        onChange=${(/** @type {any} */ e) => view.current?.move(Number(e.target.value))} /></label>
      <span class="quiet" role="status">${said}</span>
    </div>
    <div class="bytes-view" ref=${element} tabindex="0" role="group" aria-label="Bytes of the body; the arrow keys move the cursor"></div>
  </div>`;
}
