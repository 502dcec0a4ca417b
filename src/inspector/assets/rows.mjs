// @ts-check
// The rows that the list has: one gapless window of those that match the filter. It grows at both ends and stays bounded.
import { get, query } from "./api.mjs";
import { Value } from "./value.mjs";

/** @typedef {import("./api.mjs").Row} Row */

const PAGE = 300;
const MAX_ROWS = 20_000;
const FILTERED_WAIT = 200;

export class Rows {
  constructor() {
    /** @type {Row[]} in the order of their ids */
    this.rows = [];
    this.filter = "";
    this.total = 0;
    this.matched = 0;
    /** Whether `matched` counts all rows. */
    this.isCounted = true;
    this.hasOlder = false;
    this.hasNewer = false;
    this.isLoading = true;
    /** @type {Error|null} */
    this.error = null;
    /** Rows of the stream below the end of the window. */
    this.unseen = 0;
    this.newest = 0;
    /** Changes with every change of the rows; `prepended` says how many came before the first. */
    this.changed = new Value({ prepended: 0, appended: 0 });
    this.run = 0;
    this.start = (/** @type {number} */ _place) => {};
    /** The place of the first answer: the stream starts there. @type {Promise<number>} */
    this.started = new Promise((resolve) => (this.start = resolve));
    this.oldestAsked = Infinity;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
  }

  /**
   * @param {{after?: number, before?: number, limit?: number}} options
   * @returns {Promise<{rows: Row[], total: number, matched: number, counted: boolean, next: number|null,
   *   cursor?: number}>}
   */
  fetch(options) {
    return get(`deliveries${query({ q: this.filter, limit: PAGE, ...options })}`);
  }

  /** Starts again with the newest rows of a filter. @param {string} filter */
  async reset(filter) {
    this.filter = filter;
    await this.replace({});
    this.newest = Math.max(this.newest, this.rows.at(-1)?.id ?? 0);
  }

  /** Shows the oldest rows. */
  async toStart() {
    if (this.hasOlder) await this.replace({ after: 0 });
  }

  /** Shows the newest rows. */
  async toEnd() {
    if (this.hasNewer) await this.replace({});
  }

  /** @param {{after?: number}} where */
  async replace(where) {
    const run = ++this.run;
    this.isLoading = true;
    this.changed.set({ prepended: 0, appended: 0 });
    try {
      const page = await this.fetch(where);
      this.start(page.cursor ?? page.rows.at(-1)?.id ?? 0);
      if (run !== this.run) return;
      this.rows = page.rows;
      this.total = page.total;
      this.matched = page.matched;
      this.isCounted = page.counted !== false;
      const hasMore = page.next !== null;
      this.hasOlder = where.after === undefined && hasMore;
      this.hasNewer = where.after !== undefined && hasMore;
      this.unseen = 0;
      this.error = null;
    } catch (error) {
      if (run !== this.run) return;
      this.rows = [];
      this.error = /** @type {Error} */ (error);
    }
    this.isLoading = false;
    this.changed.set({ prepended: 0, appended: 0 });
  }

  /** Loads rows before the first. */
  async older() {
    const first = this.rows[0];
    if (!first || !this.hasOlder || this.isLoading) return;
    const run = this.run;
    this.isLoading = true;
    const page = await this.fetch({ before: first.id }).catch(() => null);
    this.isLoading = false;
    if (run !== this.run || !page) return;
    const rows = page.rows.filter((row) => row.id < first.id);
    this.hasOlder = page.next !== null;
    this.rows = rows.concat(this.rows);
    if (this.rows.length > MAX_ROWS) {
      this.rows.length = MAX_ROWS;
      this.hasNewer = true;
    }
    this.changed.set({ prepended: rows.length, appended: 0 });
  }

  /** Loads rows after the last. */
  async newer() {
    const last = this.rows.at(-1);
    if (!last || !this.hasNewer || this.isLoading) return;
    const run = this.run;
    this.isLoading = true;
    const page = await this.fetch({ after: last.id }).catch(() => null);
    this.isLoading = false;
    if (run !== this.run || !page) return;
    this.hasNewer = page.next !== null;
    if (!this.hasNewer) this.unseen = 0;
    this.insert(page.rows.filter((row) => !this.update(row)));
  }

  /** Takes rows of the stream. They may come in another order than their ids. @param {Row[]} rows */
  add(rows) {
    const fresh = rows.filter((row) => !this.update(row));
    this.total += fresh.length;
    for (const row of fresh) this.newest = Math.max(this.newest, row.id);
    if (this.filter) {
      // The server alone knows what matches.
      if (fresh.length > 0) this.schedule(fresh);
    } else {
      this.matched += fresh.length;
      if (this.hasNewer) this.unseen += fresh.length;
      else return this.insert(fresh);
    }
    this.changed.set({ prepended: 0, appended: 0 });
  }

  /** Takes requests that were rejected: only the filter for them shows them. */
  addRejected() {
    if (this.showsRejected()) this.schedule([]);
  }

  showsRejected() {
    return /(^| )is:rejected/.test(this.filter);
  }

  /** Asks the server soon which of these rows match. @param {Row[]} rows */
  schedule(rows) {
    for (const row of rows) this.oldestAsked = Math.min(this.oldestAsked, row.id);
    this.timer ??= setTimeout(() => this.refresh(), FILTERED_WAIT);
  }

  async refresh() {
    const run = this.run;
    const after = this.oldestAsked - 1;
    this.oldestAsked = Infinity;
    this.timer = undefined;
    if (this.showsRejected()) return this.replace({});
    for (let from = after; !this.hasNewer; ) {
      const page = await this.fetch({ after: from, limit: 500 }).catch(() => null);
      if (run !== this.run || !page) return;
      this.matched = page.matched;
      this.total = Math.max(this.total, page.total);
      this.insert(page.rows.filter((row) => !this.update(row)));
      if (page.next === null) return;
      from = page.next;
    }
  }

  /** Puts rows at their places; most belong at the end. @param {Row[]} rows */
  insert(rows) {
    let appended = 0;
    let prepended = 0;
    for (const row of rows) {
      let index = this.rows.length;
      while (index > 0 && (this.rows[index - 1]?.id ?? 0) > row.id) index -= 1;
      if (index === this.rows.length) {
        this.rows.push(row);
        appended += 1;
      } else if (index > 0 || !this.hasOlder) {
        this.rows.splice(index, 0, row);
        prepended += 1;
      }
    }
    // A few thousand at a time, because removing from the front moves all others.
    const excess = this.rows.length - MAX_ROWS;
    if (excess > 2000) {
      this.rows.splice(0, excess);
      this.hasOlder = true;
      prepended -= excess;
    }
    this.changed.set({ prepended, appended });
  }

  /** Replaces a row that is in the window. @param {Row} row @returns {boolean} whether it is */
  update(row) {
    const index = this.indexOf(row.id);
    if (index >= 0) this.rows[index] = row;
    return index >= 0;
  }

  /** @param {number} id @returns {number} -1 if the row is not in the window */
  indexOf(id) {
    // Rejected requests have negative ids, in the other order.
    if (id < 0) return this.rows.findIndex((row) => row.id === id);
    let low = 0;
    let high = this.rows.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.rows[middle]?.id ?? 0;
      if (found === id) return middle;
      if (found < id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

/** Whether something is wrong with a delivery. @param {Row} row */
export function isFailure(row) {
  return (
    row.rejected !== null ||
    ["invalid", "missing", "malformed", "stale"].includes(row.signature ?? "") ||
    ["invalid", "violations", "not_json"].includes(row.payload ?? "") ||
    (row.status !== null && row.status >= 400)
  );
}
