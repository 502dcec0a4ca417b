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
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
  }

  /**
   * @param {{after?: number, before?: number, limit?: number}} options
   * @returns {Promise<{rows: Row[], total: number, matched: number, counted: boolean, next: number|null}>}
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

  /** The id of the newest row, whether it matches the filter or not. */
  async newestOfAll() {
    const page = await get("deliveries?limit=1");
    return page.rows.at(-1)?.id ?? 0;
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
      if (run !== this.run) return;
      this.rows = page.rows;
      this.total = page.total;
      this.matched = page.matched;
      this.isCounted = page.counted !== false;
      const isFull = page.rows.length >= PAGE;
      this.hasOlder = where.after === undefined && isFull;
      this.hasNewer = where.after !== undefined && isFull;
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
    this.hasOlder = page.rows.length >= PAGE;
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
    this.hasNewer = page.rows.length >= PAGE;
    if (!this.hasNewer) this.unseen = 0;
    this.append(page.rows);
  }

  /** Takes rows of the stream. @param {Row[]} rows */
  add(rows) {
    const isNew = (/** @type {Row} */ row) => row.id > this.newest;
    const fresh = rows.filter(isNew);
    for (const row of fresh) this.newest = Math.max(this.newest, row.id);
    this.total += fresh.length;
    for (const row of rows) this.update(row);
    if (this.filter) {
      // The server alone knows what matches.
      this.timer ??= setTimeout(() => this.refresh(), FILTERED_WAIT);
    } else {
      this.matched += fresh.length;
      if (this.hasNewer) this.unseen += fresh.length;
      else return this.append(fresh);
    }
    this.changed.set({ prepended: 0, appended: 0 });
  }

  /** Asks for the rows after the last that match the filter. */
  async refresh() {
    const run = this.run;
    const after = this.rows.at(-1)?.id ?? 0;
    const page = this.hasNewer ? null : await this.fetch({ after, limit: 500 }).catch(() => null);
    this.timer = undefined;
    if (run !== this.run || !page) return;
    this.matched += page.rows.filter((row) => row.id > after).length;
    this.append(page.rows);
    if (page.rows.length >= 500) this.timer = setTimeout(() => this.refresh(), 0);
  }

  /** @param {Row[]} rows */
  append(rows) {
    const last = this.rows.at(-1)?.id ?? 0;
    const added = rows.filter((row) => row.id > last);
    for (const row of added) this.rows.push(row);
    const excess = this.rows.length - MAX_ROWS;
    // A few thousand at a time, because removing from the front moves all others.
    const removed = excess > 2000 || (excess > 0 && added.length === 0) ? excess : 0;
    if (removed > 0) {
      this.rows.splice(0, removed);
      this.hasOlder = true;
    }
    this.changed.set({ prepended: -removed, appended: added.length });
  }

  /** Replaces a row that is in the window. @param {Row} row */
  update(row) {
    const index = this.indexOf(row.id);
    if (index >= 0) this.rows[index] = row;
  }

  /** @param {number} id @returns {number} -1 if the row is not in the window */
  indexOf(id) {
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
