// What the browser tests share: Debian's Chromium, a page that notices scripts, outside requests and refused loads, and
// small helpers. A test is `node NAME.mjs SETUP`, SETUP being JSON; it ends with 0 when all holds.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export { assert };

/** The JSON that the Rust side gives. @type {any} */
export const setup = JSON.parse(process.argv[2] ?? "{}");

/** Where the inspector is, and its token. */
export const origin = setup.ui.slice(0, setup.ui.indexOf("/#"));
export const token = setup.ui.slice(setup.ui.indexOf("#"));

export const TIMEOUT = 30_000;

/**
 * Runs a test with a fresh page of the inspector.
 * @param {(page: import("playwright-core").Page, seen: {errors: string[], outside: string[], violations: string[]}) => Promise<void>} test
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function withPage(test, options = {}) {
  const browser = await chromium.launch({ executablePath: setup.chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT);
    /** @type {{errors: string[], outside: string[], violations: string[]}} */
    const seen = { errors: [], outside: [], violations: [] };
    page.on("pageerror", (error) => seen.errors.push(error.stack ?? error.message));
    page.on("dialog", (dialog) => {
      seen.errors.push(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("popup", (popup) => seen.errors.push(`a window: ${popup.url()}`));
    context.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${setup.proxy ?? origin}/`) && !/^(data|blob|about):/.test(url)) seen.outside.push(url);
    });
    // A request that the policy refuses is reported too, before it is refused.
    context.on("requestfailed", (request) => {
      const at = seen.outside.indexOf(request.url());
      if (at >= 0 && /csp/i.test(request.failure()?.errorText ?? "")) seen.outside.splice(at, 1);
    });
    await context.exposeFunction("reportViolation", (/** @type {string} */ text) => seen.violations.push(text));
    await context.addInitScript(() => {
      // @ts-ignore
      addEventListener("securitypolicyviolation", (event) => reportViolation(`${event.violatedDirective} ${event.blockedURI}`));
    });
    await test(page, seen);
    assert.deepEqual(seen.errors, [], "errors of the page");
    assert.deepEqual(seen.outside, [], "requests that leave the machine");
    assert.deepEqual(seen.violations, [], "what the content security policy refused");
  } finally {
    await browser.close();
  }
}

/** @param {import("playwright-core").Page} page @param {string} path */
export async function open(page, path) {
  // Where only the fragment differs, the browser would not load the page.
  await page.goto("about:blank");
  await page.goto(`${setup.proxy ?? origin}${path}${token}`);
  await page.waitForSelector(".source");
}

/** Waits until the list has this many rows. @param {import("playwright-core").Page} page @param {number} count */
export async function waitForRows(page, count) {
  try {
    await page.waitForFunction((n) => document.querySelector(".list")?.getAttribute("aria-rowcount") === String(n + 1), count);
  } catch {
    const said = await page.evaluate(() => `${document.querySelector(".list")?.getAttribute("aria-rowcount")}, ${document.querySelector(".count")?.textContent}`);
    assert.fail(`${count + 1} rows are expected, with the titles; there are ${said}`);
  }
}

/** The ids of all rows of the list, read by scrolling through it. @param {import("playwright-core").Page} page */
export async function listedIds(page) {
  return page.evaluate(async () => {
    const list = /** @type {HTMLElement} */ (document.querySelector(".list"));
    const found = new Map();
    for (let top = 0; top < list.scrollHeight; top += Math.floor(list.clientHeight / 2)) {
      list.scrollTop = top;
      const isLoading = () => list.getAttribute("aria-rowcount") === "-1" && top + 2 * list.clientHeight >= list.scrollHeight;
      do {
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      } while (isLoading());
      for (const row of list.querySelectorAll(".list-body .list-row:not([hidden])")) {
        found.set(Number(row.getAttribute("aria-rowindex")), Number(row.querySelector(".id")?.textContent));
      }
    }
    return [...found].sort(([a], [b]) => a - b).map(([, id]) => id);
  });
}
