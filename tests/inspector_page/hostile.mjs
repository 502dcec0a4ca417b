// Deliveries that want to run scripts, load something or hide: the page shows their text and does nothing of it.
import { assert, listedIds, open, setup, waitForRows, withPage } from "./browser.mjs";

const HIDDEN = /[\u200b-\u200f\u202a-\u202e\u2060-\u206f\u00ad\ufeff\u{e0000}-\u{e0fff}]/u;
const TABS = ["", "payload", "headers", "bytes", "attempts", "response", "replay"];

await withPage(async (page, seen) => {
  const checkNothingRan = async (/** @type {string} */ where) => {
    // @ts-ignore
    assert.equal(await page.evaluate(() => window.ran ?? {}.ran ?? null), null, where);
    const text = await page.evaluate(() => document.body.innerText);
    const hidden = HIDDEN.exec(text);
    assert.equal(hidden, null, `${where}: a hidden character is shown as it is: ${hidden && text.slice(hidden.index - 40, hidden.index + 40)}`);
    const scripts = await page.evaluate(() => document.querySelectorAll("script").length);
    assert.equal(scripts, 1, `${where}: scripts`);
  };
  await open(page, "/");
  await waitForRows(page, setup.count);
  assert.equal((await listedIds(page)).length, setup.count);
  await checkNothingRan("list");
  for (const id of setup.ids) {
    const tabs = id % 10 === 0 ? TABS : ["payload"];
    for (const tab of tabs) {
      // As a person moves on: without loading the page again.
      await page.evaluate((url) => {
        history.pushState(null, "", url);
        dispatchEvent(new PopStateEvent("popstate"));
      }, `/d/${id}?tab=${tab}`);
      await page.waitForFunction((name) => document.querySelector(".detail h2")?.textContent === name
        && document.querySelector(".detail .panel") && !document.querySelector(".panel .loading"), `Delivery ${id}`);
      await checkNothingRan(`delivery ${id}, ${tab}`);
    }
  }

  console.log("hidden characters are escaped, names of prototypes are names");
  await open(page, `/d/${setup.bidi}?tab=payload`);
  await page.waitForSelector(".tree .escaped");
  assert.ok((await page.locator(".tree").innerText()).includes("\\u{202e}"));
  await open(page, `/d/${setup.proto}?tab=payload`);
  await page.waitForSelector(".tree .key");
  assert.ok((await page.locator(".tree").innerText()).includes("__proto__"));

  console.log("a long string is cut, its bytes are all there");
  await open(page, `/d/${setup.long}?tab=bytes`);
  await page.waitForSelector(".bytes-view .hex");
  await page.locator(".bytes-view").press("End");
  await page.waitForFunction((size) => document.querySelector(".bytes .bar [role=status]")?.textContent?.startsWith(`byte ${size}`), (setup.longSize - 1).toLocaleString("en"));

  console.log("the preview runs nothing and loads nothing");
  await open(page, `/d/${setup.html}`);
  await page.getByRole("button", { name: "Preview as HTML" }).click();
  const frame = await (await page.waitForSelector("iframe.preview")).contentFrame();
  assert.ok(frame);
  await frame.waitForSelector("h1");
  await page.waitForTimeout(300);
  await checkNothingRan("preview");
  // The policy of the preview reports what it refused there; that is the proof that it was tried.
  seen.violations.length = 0;
});
