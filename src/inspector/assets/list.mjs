// @ts-check
// The list of deliveries. It draws only the rows that can be seen, into elements that it uses again.
import { statusTone, verdict } from "./chips.mjs";
import { clock, count, duration, line, size } from "./text.mjs";

/** @typedef {import("./api.mjs").Row} Row @typedef {import("./rows.mjs").Rows} Rows */

const ROW_HEIGHT = 28;
const EXTRA_ROWS = 8;

/** @type {{name: string, title: string, draw: (cell: HTMLElement, row: Row) => void}[]} */
const COLUMNS = [
  { name: "id", title: "#", draw: (cell, row) => set(cell, String(row.id)) },
  { name: "time", title: "Time", draw: (cell, row) => set(cell, clock(row.received_at)) },
  { name: "provider", title: "Provider", draw: (cell, row) => set(cell, line(row.provider ?? "–", 60)) },
  { name: "event", title: "Event", draw: (cell, row) => set(cell, eventText(row)) },
  { name: "signature", title: "Signature", draw: (cell, row) => drawVerdict(cell, row.signature) },
  { name: "payload", title: "Payload", draw: (cell, row) => drawVerdict(cell, row.payload) },
  { name: "status", title: "Status", draw: (cell, row) => set(cell, row.status === null ? "–" : String(row.status), statusTone(row.status)) },
  { name: "ms", title: "ms", draw: (cell, row) => set(cell, duration(row.duration_ms)) },
  { name: "size", title: "Size", draw: (cell, row) => set(cell, size(row.size)) },
  { name: "remark", title: "Note", draw: (cell, row) => set(cell, noteText(row)) },
];

/** @param {HTMLElement} cell @param {string} text @param {string} [tone] */
function set(cell, text, tone = "") {
  const target = /** @type {HTMLElement} */ (cell.firstElementChild);
  if (target.textContent !== text) target.textContent = text;
  if (target.className !== tone) target.className = tone;
}

/** @param {HTMLElement} cell @param {string|null} word */
function drawVerdict(cell, word) {
  const [icon, tone, text] = verdict(word);
  set(cell, text ? `${icon} ${text}` : "", text ? `chip ${tone}` : "");
}

/** @param {Row} row */
function eventText(row) {
  if (row.event === null) return `${line(row.method, 12)} ${line(row.target, 200)}`;
  return line(row.channel === null ? row.event : `${row.event} / ${row.channel}`, 200);
}

/** @param {Row} row */
function noteText(row) {
  const notes = [];
  if (row.rejected) return `rejected: ${line(row.fault ?? row.rejected, 120)}`;
  if (row.duplicate_of) notes.push(`duplicate of ${row.duplicate_of}`);
  if (row.fault) notes.push(`fault: ${line(row.fault, 80)}`);
  return notes.join(" · ");
}

export class List {
  /**
   * @param {HTMLElement} element
   * @param {Rows} rows
   * @param {{open: (id: number) => void, active: (id: number) => void, follows: (follows: boolean) => void}} on
   */
  constructor(element, rows, on) {
    this.rows = rows;
    this.on = on;
    this.activeId = 0;
    this.markedId = 0;
    this.openId = 0;
    this.follows = true;
    this.isScheduled = false;
    /** @type {{element: HTMLElement, cells: HTMLElement[], row: Row|null, state: string}[]} */
    this.pool = [];
    this.element = element;
    this.body = this.build();
    this.scroller = element;
    this.scroller.addEventListener("scroll", () => this.onScroll(), { passive: true });
    element.addEventListener("keydown", (event) => this.onKey(event));
    this.body.addEventListener("click", (event) => this.onClick(event));
    this.resize = new ResizeObserver(() => this.afterResize());
    this.resize.observe(element);
    this.unsubscribe = rows.changed.subscribe((change) => this.onChange(change));
    this.onChange({ prepended: 0, appended: 0 });
  }

  close() {
    this.resize.disconnect();
    this.unsubscribe();
  }

  build() {
    this.element.replaceChildren();
    const head = create("div", "list-head", "rowgroup");
    const titles = create("div", "list-row", "row");
    for (const column of COLUMNS) {
      const title = create("div", `cell ${column.name}`, "columnheader");
      title.textContent = column.title;
      titles.append(title);
    }
    head.append(titles);
    const body = create("div", "list-body", "rowgroup");
    this.element.append(head, body);
    this.head = head;
    return body;
  }

  /** @param {{prepended: number, appended: number}} change */
  onChange({ prepended }) {
    const length = this.rows.rows.length;
    this.body.style.height = `${length * ROW_HEIGHT}px`;
    this.element.setAttribute("aria-rowcount", String(this.rows.hasOlder || this.rows.hasNewer ? -1 : length + 1));
    if (this.follows && !this.rows.hasNewer) this.scroller.scrollTop = this.scroller.scrollHeight;
    else if (prepended !== 0) this.scroller.scrollTop += prepended * ROW_HEIGHT;
    this.schedule();
  }

  afterResize() {
    if (this.follows) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.schedule();
  }

  onScroll() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - ROW_HEIGHT / 2;
    this.setFollows(isAtEnd && !this.rows.hasNewer);
    if (scrollTop < clientHeight * 2) this.rows.older();
    if (scrollTop + clientHeight > scrollHeight - clientHeight * 2) this.rows.newer();
    this.schedule();
  }

  /** @param {boolean} follows */
  setFollows(follows) {
    if (follows === this.follows) return;
    this.follows = follows;
    this.on.follows(follows);
  }

  schedule() {
    if (this.isScheduled) return;
    this.isScheduled = true;
    requestAnimationFrame(() => {
      this.isScheduled = false;
      this.draw();
    });
  }

  draw() {
    const { rows } = this.rows;
    const visible = Math.ceil(this.scroller.clientHeight / ROW_HEIGHT);
    const top = Math.floor(this.scroller.scrollTop / ROW_HEIGHT);
    const first = Math.max(0, Math.min(top - EXTRA_ROWS, rows.length - visible - EXTRA_ROWS));
    const last = Math.min(rows.length, top + visible + EXTRA_ROWS);
    while (this.pool.length < last - first) this.pool.push(this.createRow());
    const size = this.pool.length;
    for (let slot = 0; slot < size; slot++) {
      // A row keeps its element while it is shown.
      const index = first + ((slot - (first % size) + size) % size);
      const entry = /** @type {List["pool"][0]} */ (this.pool[slot]);
      this.drawRow(entry, index < last ? rows[index] ?? null : null, index);
    }
    const active = this.rows.indexOf(this.activeId);
    if (active >= first && active < last) this.element.setAttribute("aria-activedescendant", `row-${this.activeId}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  createRow() {
    const element = create("div", "list-row", "row");
    const cells = COLUMNS.map((column) => {
      const cell = create("div", `cell ${column.name}`, "gridcell");
      cell.append(document.createElement("span"));
      element.append(cell);
      return cell;
    });
    this.body.append(element);
    return { element, cells, row: /** @type {Row|null} */ (null), state: "" };
  }

  /** @param {List["pool"][0]} entry @param {Row|null} row @param {number} index */
  drawRow(entry, row, index) {
    const state = row === null ? "" :
      `${index} ${row.id === this.activeId} ${row.id === this.markedId} ${row.id === this.openId}`;
    if (entry.row === row && entry.state === state) return;
    entry.state = state;
    const { element } = entry;
    element.hidden = row === null;
    if (row === null) {
      entry.row = null;
      element.removeAttribute("id");
      return;
    }
    element.style.transform = `translateY(${index * ROW_HEIGHT}px)`;
    element.id = `row-${row.id}`;
    element.setAttribute("aria-rowindex", String(index + 2));
    element.setAttribute("aria-selected", String(row.id === this.activeId));
    element.classList.toggle("marked", row.id === this.markedId);
    element.classList.toggle("open", row.id === this.openId);
    element.classList.toggle("odd", index % 2 === 1);
    if (entry.row !== row) {
      entry.row = row;
      COLUMNS.forEach((column, i) => column.draw(/** @type {HTMLElement} */ (entry.cells[i]), row));
    }
  }

  /** @param {number} id */
  setActive(id) {
    this.activeId = id;
    const index = this.rows.indexOf(id);
    if (index >= 0) this.reveal(index);
    this.schedule();
  }

  /** @param {number} index */
  reveal(index) {
    const top = index * ROW_HEIGHT;
    const head = this.head?.offsetHeight ?? 0;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (top + ROW_HEIGHT + head > scrollTop + clientHeight) this.scroller.scrollTop = top + ROW_HEIGHT + head - clientHeight;
  }

  /** Moves the active row. @param {number} by */
  async move(by) {
    const { rows } = this.rows;
    if (rows.length === 0) return;
    const at = this.rows.indexOf(this.activeId);
    const index = at < 0 ? rows.length - 1 : Math.max(0, Math.min(rows.length - 1, at + by));
    this.activate(index);
  }

  /** @param {number} index */
  activate(index) {
    const row = this.rows.rows[index];
    if (!row) return;
    this.setActive(row.id);
    this.on.active(row.id);
  }

  /** Shows the newest row and follows those that come. */
  async toEnd() {
    await this.rows.toEnd();
    this.follows = true;
    this.on.follows(true);
    this.onChange({ prepended: 0, appended: 0 });
    this.activate(this.rows.rows.length - 1);
  }

  async toStart() {
    this.setFollows(false);
    await this.rows.toStart();
    this.activate(0);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / ROW_HEIGHT) - 2);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => this.move(1),
      ArrowUp: () => this.move(-1),
      PageDown: () => this.move(page),
      PageUp: () => this.move(-page),
      Home: () => this.toStart(),
      End: () => this.toEnd(),
      Enter: () => this.activeId && this.on.open(this.activeId),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]?.();
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    const element = event.target instanceof Element ? event.target.closest(".list-row") : null;
    const row = this.pool.find((entry) => entry.element === element)?.row;
    if (!row) return;
    this.setActive(row.id);
    this.on.active(row.id);
    this.on.open(row.id);
  }
}

/** @param {string} tag @param {string} className @param {string} role */
function create(tag, className, role) {
  const element = document.createElement(tag);
  element.className = className;
  element.setAttribute("role", role);
  return element;
}

/** The text beside the filter. @param {Rows} rows */
export function countText(rows) {
  const matched = rows.isCounted ? count(rows.matched) : `more than ${count(rows.matched)}`;
  return rows.filter ? `${matched} of ${count(rows.total)}` : `${count(rows.total)}`;
}
