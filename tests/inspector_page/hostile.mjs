// Deliveries that want to run scripts, load something or hide: the page shows their text and does nothing of it.
import { TIMEOUT, assert, listedIds, open, origin, setup, withPage } from "./browser.mjs";

const HIDDEN = "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\u{e0000}-\\u{e0fff}]";

/**
 * Opens deliveries one after the other, as a person moves on: without loading the page again. What is wrong of each.
 * It runs in the page.
 * @param {{shown: {id: number, tab: string}[], hidden: string, timeout: number}} given
 */
async function look({ shown, hidden, timeout }) {
  const pattern = new RegExp(hidden, "u");
  const wrong = [];
  for (const { id, tab } of shown) {
    history.pushState(null, "", `/d/${id}?tab=${tab}`);
    dispatchEvent(new PopStateEvent("popstate"));
    const deadline = performance.now() + timeout;
    const isShown = () => document.querySelector(".detail h2")?.textContent === `Delivery ${id}`
      && document.querySelector(".detail [role=tab][aria-selected=true]")?.id === `tab-${tab}`
      && document.querySelector(".detail .panel") && !document.querySelector(".panel .loading");
    while (!isShown() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve));
    if (!isShown()) wrong.push(`delivery ${id}, ${tab}: it is not shown`);
    wrong.push(.../** @type {any} */ (window).problems(pattern).map((/** @type {string} */ what) => `delivery ${id}, ${tab}: ${what}`));
  }
  return wrong;
}

await withPage(async (page, seen) => {
  await page.addInitScript(() => {
    const names = (/** @type {object[]} */ objects) => objects.flatMap((one) => Reflect.ownKeys(one)).map(String).join();
    const known = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
    const before = names(known);
    /** What is wrong with the page as it is. @param {RegExp} hidden */
    const problems = (hidden) => {
      const wrong = [];
      const ran = /** @type {any} */ (window).ran ?? /** @type {any} */ ({}).ran;
      if (ran !== undefined) wrong.push(`a script ran: ${ran}`);
      if (names(known) !== before) wrong.push("a prototype was changed");
      const scripts = document.querySelectorAll("script").length;
      if (scripts !== 1) wrong.push(`${scripts} scripts`);
      const foreign = document.querySelector("main :is(script, svg, math, object, embed, base, meta, link, style, video, img, form[action], a[href^='javascript' i])");
      if (foreign) wrong.push(`an element: ${foreign.outerHTML.slice(0, 200)}`);
      const text = document.body.textContent ?? "";
      const at = text.search(hidden);
      if (at >= 0) wrong.push(`a hidden character is shown as it is: ${JSON.stringify(text.slice(at - 40, at + 40))}`);
      return wrong;
    };
    Object.assign(window, { problems });
  });
  const checkNothingRan = async (/** @type {string} */ where) => {
    const wrong = await page.evaluate((hidden) => /** @type {any} */ (window).problems(new RegExp(hidden, "u")), HIDDEN);
    assert.deepEqual(wrong, [], where);
  };
  /** Loads of the page itself; it moves on without any. */
  let loads = 0;
  page.on("framenavigated", (frame) => {
    if (frame === page.mainFrame()) loads += page.url().startsWith(`${origin}/`) ? 0 : 1;
  });

  console.log("the list");
  const { deliveries } = setup;
  await open(page, "/");
  await page.waitForFunction((count) => document.querySelector(".count")?.textContent === count, deliveries.length.toLocaleString("en"));
  // From the first row on: the page has the newest only.
  await page.locator(".list").press("Home");
  await page.waitForFunction(() => document.querySelector(".list-body .list-row:not([hidden])[aria-rowindex='2'] .id")?.textContent === "1");
  await page.evaluate(() => Object.assign(window, { isFirstLoad: true }));
  loads = 0;
  assert.deepEqual(await listedIds(page), deliveries.map((/** @type {any} */ one) => one.id));
  await checkNothingRan("list");

  console.log("each delivery, at the tab that shows what is hostile");
  const started = Date.now();
  // A small page is drawn faster.
  await page.setViewportSize({ width: 1000, height: 300 });
  const wrong = await page.evaluate(look, { shown: deliveries, hidden: HIDDEN, timeout: TIMEOUT });
  assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} problems`);
  assert.ok(await page.evaluate(() => "isFirstLoad" in window), "the page was loaded again");
  assert.equal(loads, 0, "the page was left");
  console.log(`${deliveries.length} deliveries in ${Math.round((Date.now() - started) / 1000)} s`);

  const { bodies } = setup;
  if (!bodies) return;
  await page.setViewportSize({ width: 1280, height: 800 });
  console.log("hidden characters are escaped, names of prototypes are names");
  await open(page, `/d/${bodies.bidi}?tab=payload`);
  await page.waitForSelector(".tree .escaped");
  assert.ok((await page.locator(".tree").innerText()).includes("\\u{202e}"));
  await open(page, `/d/${bodies.proto}?tab=payload`);
  await page.waitForSelector(".tree .key");
  assert.ok((await page.locator(".tree").innerText()).includes("__proto__"));

  console.log("a long string is cut, its bytes are all there");
  await open(page, `/d/${bodies.long}?tab=bytes`);
  await page.waitForSelector(".bytes-view .hex");
  await page.locator(".bytes-view").press("End");
  await page.waitForFunction((size) => document.querySelector(".bytes .bar [role=status]")?.textContent?.startsWith(`byte ${size}`), (bodies.longSize - 1).toLocaleString("en"));

  console.log("the preview runs nothing and loads nothing");
  await open(page, `/d/${bodies.html}`);
  await page.getByRole("button", { name: "Preview as HTML" }).click();
  const frame = await (await page.waitForSelector("iframe.preview")).contentFrame();
  assert.ok(frame);
  await frame.waitForSelector("h1");
  await page.waitForTimeout(300);
  await checkNothingRan("preview");
  // The policy of the preview reports what it refused there; that is the proof that it was tried.
  seen.violations.length = 0;
});
