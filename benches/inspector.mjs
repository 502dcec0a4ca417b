#!/usr/bin/env node
// Measures the inspector in Chromium: `benches/inspector.mjs [BINARY] [PART…]`, by default target/release/cz-hook and all
// parts. Each line has the load of the machine in the last minute when it was measured: the page, its browser, the
// listener and the sender share the processors, so other work makes each figure larger.
//
// It needs `npm ci --prefix tests/inspector_page`, chromium, python3 for the journal of a million deliveries (1.3 GB in the
// folder for temporary files), and Linux.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { chromium } = createRequire(join(root, "tests/inspector_page/package.json"))("playwright-core");
const [binary = join(root, "target/release/cz-hook"), ...parts] = process.argv.slice(2);
const MILLION = Number(process.env.ROWS ?? 1_000_000);
const SECRET = "benchmark";
/** Before a page is opened, in milliseconds. */
const REST = 1000;
const folder = mkdtempSync(join(tmpdir(), "cz-hook-inspector-"));
const children = new Set();

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(q * values.length) - 1)];
const median = (values) => quantile(values, 0.5);
const say = (what, figures) => console.log(`${what.padEnd(46)} ${figures.padEnd(52)} load ${loadavg()[0].toFixed(1)}`);
const ms = (value) => `${value.toFixed(1)} ms`;

/** Starts cz-hook and waits for a line on standard error; what follows the prefix there, and the program. */
async function start(args, prefix) {
  const child = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, CZ_HOOK_SECRET: SECRET } });
  children.add(child);
  let said = "";
  const found = await new Promise((resolve, reject) => {
    child.stderr.on("data", (data) => {
      said += data;
      const lines = said.split("\n").slice(0, -1);
      const line = lines.find((one) => one.startsWith(prefix));
      if (line) resolve(line.slice(prefix.length).trim());
    });
    child.on("exit", () => reject(new Error(`cz-hook ended: ${said}`)));
  });
  const line = (start) => said.split("\n").find((one) => one.startsWith(start))?.slice(start.length).trim();
  const stop = () => new Promise((resolve) => {
    child.removeAllListeners("exit");
    child.on("exit", resolve);
    child.kill("SIGINT");
    children.delete(child);
  });
  return { child, found, line, stop };
}

/** Starts a listener: its URL, and that of its inspector if it has one, which it prints last. */
async function listen(...more) {
  const started = await start(["listen", "--port", "0", ...more], more.includes("--ui") ? "inspector: " : "listening on ");
  return { ...started, url: started.line("listening on "), ui: started.line("inspector: ") };
}

/** A page of the inspector in a browser of its own. */
async function open(url, script) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage", "--js-flags=--expose-gc"] });
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  if (script) await page.addInitScript(script);
  await page.goto(url);
  await page.waitForSelector(".list-body .list-row:not([hidden]) .id, .empty", { timeout: 120_000 });
  return { browser, page };
}

/** Sends in bulk; the summary. */
async function send(url, ...more) {
  const summary = join(folder, "summary.json");
  const child = spawn(binary, ["send", "lead.submit", "--url", url, "--secret", SECRET, "--summary", summary, "--fail-if", "rate<0", ...more], { stdio: "ignore" });
  await new Promise((resolve) => child.on("exit", resolve));
  return JSON.parse(readFileSync(summary, "utf8"));
}

/** In the page: notes the time until the first paint and until there are rows. */
function notePaint() {
  const rows = new MutationObserver(() => {
    if (!document.querySelector(".list-body .list-row:not([hidden]) .id")?.textContent) return;
    rows.disconnect();
    // The task after the frame: then its pixels are there.
    requestAnimationFrame(() => setTimeout(() => {
      window.rowsAt = performance.now();
      console.log("rows");
    }));
  });
  rows.observe(document, { childList: true, subtree: true, characterData: true });
}

/** In the page: notes when the row of each delivery is on the screen. */
function noteRows() {
  window.shownAt = {};
  let isWaiting = false;
  new MutationObserver(() => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => setTimeout(() => {
      isWaiting = false;
      const now = performance.timeOrigin + performance.now();
      for (const id of document.querySelectorAll(".list-body .list-row:not([hidden]) .id")) window.shownAt[id.textContent] ??= now;
    }));
  }).observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
}

/** A journal of so many deliveries: some that were received, copied again and again. */
async function journal(count) {
  const file = join(folder, "million.db");
  const listener = await listen("--record", file);
  await send(listener.url, "--count", "1000", "--concurrency", "8");
  await listener.stop();
  execFileSync("python3", ["-c", `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1]); count = int(sys.argv[2])
db.execute("PRAGMA synchronous=OFF")
columns = [row[1] for row in db.execute("PRAGMA table_info(delivery)")]
n = db.execute("SELECT max(id) FROM delivery").fetchone()[0]
while n < count:
    new = {"id": f"id + {n}", "number": f"number + {n}", "received_at": f"received_at + {n} * 1000"}
    values = ", ".join(new.get(one, one) for one in columns)
    db.execute(f"INSERT INTO delivery ({', '.join(columns)}) SELECT {values} FROM delivery WHERE id <= {count - n}")
    n = db.execute("SELECT max(id) FROM delivery").fetchone()[0]
db.commit(); db.execute("PRAGMA wal_checkpoint(TRUNCATE)"); db.close()
`, file, String(count)], { stdio: "inherit" });
  return file;
}

const PARTS = {
  async million() {
    const file = await journal(MILLION);
    const ui = await start(["ui", file, "--secret", SECRET], "inspector: ");
    const [paints, rows] = [[], []];
    const { browser, page: first } = await open(ui.found);
    await first.close();
    for (let i = 0; i < 60; i++) {
      const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
      await page.addInitScript(notePaint);
      // Making the profile of this page keeps the browser busy for a while; who opens the inspector has a browser at rest.
      await sleep(REST);
      // A function that is waited for would be compiled in the page while it starts.
      const shown = page.waitForEvent("console", (message) => message.text() === "rows");
      await page.goto(ui.found);
      await shown;
      paints.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? performance.getEntriesByType("paint")[0]?.startTime ?? NaN));
      rows.push(await page.evaluate(() => window.rowsAt));
      await page.context().close();
    }
    say(`${MILLION} deliveries: first paint`, `p50 ${ms(median(paints))}, p95 ${ms(quantile(paints, 0.95))}`);
    say(`${MILLION} deliveries: rows`, `p50 ${ms(median(rows))}, p95 ${ms(quantile(rows, 0.95))}`);

    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    await page.goto(ui.found);
    await page.waitForSelector(".list-body .list-row:not([hidden]) .id");
    await sleep(1000);
    const frames = await page.evaluate(async () => {
      const list = document.querySelector(".list");
      const next = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const deltas = [];
      let last = await next();
      // Slowly up, then in large steps.
      for (let i = 0; i < 300; i++) {
        list.scrollTop -= i < 150 ? 60 : 2000;
        const now = await next();
        deltas.push(now - last);
        last = now;
      }
      return deltas;
    });
    say("scrolling: time between frames", `p50 ${ms(median(frames))}, p99 ${ms(quantile(frames, 0.99))}, longest ${ms(Math.max(...frames))}`);

    await page.evaluate(() => {
      window.keys = [];
      addEventListener("keydown", (event) => {
        const at = event.timeStamp;
        requestAnimationFrame(() => setTimeout(() => window.keys.push(performance.now() - at)));
      }, true);
    });
    for (let i = 0; i < 200; i++) {
      await page.keyboard.press(i % 40 < 20 ? "k" : "j");
      await sleep(20);
    }
    const keys = await page.evaluate(() => window.keys);
    say("from a key to pixels", `p50 ${ms(median(keys))}, p99 ${ms(quantile(keys, 0.99))}`);

    const { origin, hash } = new URL(ui.found);
    const hits = [];
    for (let i = 0; i < 20; i++) {
      const begun = performance.now();
      await new Promise((resolve, reject) => {
        const headers = { Authorization: `Bearer ${hash.slice(1)}` };
        const asked = http.get(`${origin}/api/v1/search?text=agentId`, { headers }, (response) => {
          response.once("data", () => {
            hits.push(performance.now() - begun);
            response.destroy();
            resolve(null);
          });
        });
        asked.on("error", reject);
      });
    }
    say("search in bodies: first recent hit", `p50 ${ms(median(hits))}, p95 ${ms(quantile(hits, 0.95))}`);
    await browser.close();
    await ui.stop();
  },

  async latency() {
    const listener = await listen("--ui", "--secret", SECRET);
    const { browser, page } = await open(listener.ui, noteRows);
    await page.waitForSelector(".stream.open");
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const deliver = () => new Promise((resolve, reject) => {
      const request = http.request(listener.url, { agent, method: "POST", headers: { "Content-Type": "application/json" } }, (response) => response.resume().on("end", resolve));
      request.on("error", reject);
      request.end('{"eventType":"lead.submit"}');
    });
    for (let i = 0; i < 50; i++) await deliver();
    const [sentAt, COUNT, begun] = [new Map(), 500, performance.now()];
    for (let i = 1; i <= COUNT; i++) {
      await sleep(Math.max(0, begun + i * 10 - performance.now()));
      sentAt.set(50 + i, performance.timeOrigin + performance.now());
      await deliver();
    }
    const rate = COUNT / ((performance.now() - begun) / 1000);
    await page.waitForFunction((id) => window.shownAt[id], String(50 + COUNT));
    const shownAt = await page.evaluate(() => window.shownAt);
    const times = [...sentAt].map(([id, at]) => shownAt[id] - at).filter((time) => !Number.isNaN(time));
    say(`from a delivery to pixels, ${rate.toFixed(0)}/s`, `p50 ${ms(median(times))}, p99 ${ms(quantile(times, 0.99))} (${times.length} of ${COUNT} rows)`);
    await browser.close();
    await listener.stop();
  },

  async rate() {
    const ROUNDS = 3;
    const [plain, shown] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      for (const hasPage of [false, true]) {
        const listener = await listen("--secret", SECRET, ...(hasPage ? ["--ui"] : []));
        const opened = hasPage ? await open(listener.ui) : null;
        const summary = await send(listener.url, "--rate", "5000", "--duration", "10s", "--max-in-flight", "64");
        (hasPage ? shown : plain).push(rateOf(summary));
        if (opened) {
          const isUsable = await opened.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(true))));
          if (!isUsable) throw new Error("the page does not respond");
          await opened.browser.close();
        }
        await listener.stop();
      }
    }
    say("responses a second at 5,000/s", `${median(plain).toFixed(0)} without, ${median(shown).toFixed(0)} with --ui and a page: ${(median(shown) / median(plain)).toFixed(3)}`);
  },

  async heap() {
    const listener = await listen("--ui", "--secret", SECRET);
    const { browser, page } = await open(listener.ui);
    await send(listener.url, "--count", "100000", "--concurrency", "16");
    await page.waitForFunction(() => /100,000/.test(document.querySelector(".count")?.textContent ?? ""), undefined, { timeout: 120_000 });
    const client = await page.context().newCDPSession(page);
    await client.send("HeapProfiler.enable");
    await client.send("HeapProfiler.collectGarbage");
    const { usedSize } = await client.send("Runtime.getHeapUsage");
    say("heap of the tab after 100,000 deliveries", `${(usedSize / 1e6).toFixed(1)} MB`);
    await browser.close();
    await listener.stop();
  },

  async plain() {
    const [times, memory] = [[], []];
    for (let i = 0; i < 30; i++) {
      const begun = performance.now();
      const listener = await listen("--secret", SECRET);
      times.push(performance.now() - begun);
      if (i < 5) {
        await sleep(500);
        const status = readFileSync(`/proc/${listener.child.pid}/status`, "utf8");
        memory.push(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
      }
      await listener.stop();
    }
    say("listen without --ui: until it is ready", `p50 ${ms(median(times))}, least ${ms(Math.min(...times))}`);
    say("listen without --ui: memory at rest", `${median(memory).toFixed(1)} MiB`);
  },
};

/** The responses a second of a bulk run. */
function rateOf(summary) {
  const responses = summary.results.filter((one) => one.status).reduce((sum, one) => sum + one.count, 0);
  return responses / (summary.duration_ms / 1000);
}

if (!existsSync(binary)) {
  console.error(`inspector.mjs: NOT MEASURED: ${binary} is not there: cargo build --release`);
  process.exit(2);
}
try {
  for (const part of parts.length > 0 ? parts : Object.keys(PARTS)) await PARTS[part]();
} finally {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
