// axe finds nothing on any screen, in both themes, wide and narrow. Each of `setup.parts` runs looks at its part of the
// screens.
import { readFileSync } from "node:fs";
import { assert, open, setup, waitForRows, withPage } from "./browser.mjs";

const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const { invalid, other, count, part, parts } = setup;

/** @type {[string, string, (page: import("playwright-core").Page) => Promise<unknown>][]} name, path, what to do there */
const SCREENS = [
  ["list", "/", (page) => waitForRows(page, count)],
  ["no match", "/?q=nothing-has-this", (page) => page.waitForSelector(".empty")],
  ["wrong filter", "/?q=colour:blue", (page) => page.waitForSelector("[role=alert]")],
  ["verdict", `/d/${invalid}`, (page) => page.waitForSelector(".difference")],
  ["payload", `/d/${invalid}?tab=payload`, (page) => page.waitForSelector(".tree .wrong")],
  ["headers", `/d/${invalid}?tab=headers`, (page) => page.waitForSelector("table.headers")],
  ["bytes", `/d/${invalid}?tab=bytes&at=3`, (page) => page.waitForSelector(".cursor")],
  ["attempts", `/d/${invalid}?tab=attempts`, (page) => page.waitForSelector("tr.current")],
  ["response", `/d/${invalid}?tab=response`, (page) => page.waitForSelector(".panel .facts")],
  ["replay", `/d/${invalid}?tab=replay`, async (page) => {
    await page.getByLabel("Edit the request").check();
    await page.waitForSelector("section[aria-label='What will be sent']");
  }],
  ["absent delivery", "/d/999999", (page) => page.waitForSelector(".detail [role=alert]")],
  ["compare", `/compare/${invalid}/${other}`, (page) => page.waitForSelector(".sentence")],
  ["send", "/send", (page) => page.waitForSelector("section[aria-label='What will be sent']")],
  ["statistics", "/stats", (page) => page.waitForSelector(".chart")],
  ["search", "/", async (page) => {
    await page.getByLabel("Filter", { exact: true }).fill("agentId");
    await page.getByRole("button", { name: "Search bodies" }).click();
    await page.waitForSelector(".search li");
  }],
  ["help", "/", (page) => page.keyboard.press("?").then(() => page.waitForSelector("dialog[open]"))],
  ["palette", "/", (page) => page.keyboard.press("Control+k").then(() => page.waitForSelector("dialog[open]"))],
  ["export", "/", (page) => page.keyboard.press("x").then(() => page.waitForSelector("dialog[open]"))],
  ["responses", "/", (page) => page.getByRole("button", { name: "Responses" }).click().then(() => page.waitForSelector("dialog[open]"))],
  // The last, because the endpoint is the listener itself.
  ["test", "/test", async (page) => {
    await page.getByRole("button", { name: "Run the test" }).click();
    await page.waitForSelector(".sentence", { timeout: 120_000 });
  }],
];

await withPage(async (page, seen) => {
  // The page's policy bars foreign scripts: axe runs by the protocol of the developer tools.
  const check = async (/** @type {string} */ name, /** @type {string[]|undefined} */ rules = undefined) => {
    // @ts-ignore
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
    // @ts-ignore
    const violations = await page.evaluate(async (runOnly) => (await axe.run(document, { resultTypes: ["violations"], ...(runOnly && { runOnly }) })).violations
      .map((/** @type {any} */ one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((/** @type {any} */ node) => node.html.slice(0, 200)).join(" | ")}`), rules);
    assert.deepEqual(violations, [], name);
  };
  for (const [name, path, prepare] of SCREENS.filter((_, index) => index % parts === part)) {
    await open(page, path);
    // The list takes the focus and the keys when it is there.
    if (path === "/") await waitForRows(page, count);
    await prepare(page);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await check(`${name}, light`);
    // The other theme has other colours and nothing else.
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await check(`${name}, dark`, ["color-contrast", "link-in-text-block"]);
    await page.setViewportSize({ width: 420, height: 800 });
    await check(`${name}, narrow`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${name}: the narrow page is ${overflow} pixels too wide`);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  seen.violations.length = 0;
});
