// Ten tasks by keyboard alone, then what the keys must not do.
import { assert, open, setup, waitForRows, withPage } from "./browser.mjs";

const { invalid, newestInvalid, count } = setup;

await withPage(async (page) => {
  const press = (/** @type {string} */ key) => page.keyboard.press(key);
  const at = (/** @type {RegExp} */ pattern) => page.waitForURL((url) => pattern.test(url.pathname + url.search));
  /** Presses Tab until an element with this name has the focus. @param {RegExp} name */
  const tabTo = async (name) => {
    const names = [];
    for (let i = 0; i < 80; i++) {
      await press("Tab");
      const found = await page.evaluate(() => {
        const one = /** @type {any} */ (document.activeElement);
        return `${one?.getAttribute("aria-label") ?? one?.labels?.[0]?.textContent ?? one?.textContent ?? ""}`.trim();
      });
      if (name.test(found)) return;
      names.push(found.slice(0, 30));
    }
    assert.fail(`no ${name} among ${names.join(", ")}`);
  };
  const activeId = () => page.evaluate(() => Number(document.querySelector(".list-body [aria-selected=true] .id")?.textContent));

  await open(page, "/");
  await waitForRows(page, count);
  assert.equal(new URL(page.url()).hash, "", "the token leaves the URL");

  console.log("1. open the newest invalid delivery");
  await press("[");
  await page.waitForFunction((id) => Number(document.querySelector(".list-body [aria-selected=true] .id")?.textContent) === id, newestInvalid);
  await press("Enter");
  await at(new RegExp(`^/d/${newestInvalid}$`));
  await page.locator(".detail-head").getByText("signature invalid").waitFor();
  await press("Escape");
  await at(/^\/$/);

  console.log("2. filter");
  await press("/");
  await page.keyboard.type("sig:invalid");
  await press("Enter");
  await at(/^\/\?q=sig%3Ainvalid$/);
  await waitForRows(page, setup.invalidCount);
  await press("/");
  await press("Control+a");
  await press("Delete");
  await press("Enter");
  await waitForRows(page, count);
  await press("Escape");

  console.log("3. next failure");
  await tabTo(/^Deliveries$/);
  await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "grid").catch(() => {});
  while (!(await page.evaluate(() => document.activeElement?.getAttribute("role") === "grid"))) await tabTo(/^Deliveries$/);
  await press("Home");
  await page.waitForFunction(() => document.querySelector(".list-body [aria-selected=true] .id")?.textContent === "1");
  await press("]");
  await page.waitForFunction((id) => Number(document.querySelector(".list-body [aria-selected=true] .id")?.textContent) === id, setup.firstFailure);

  console.log("4. compare two");
  const first = await activeId();
  await press("m");
  await press("j");
  await page.waitForFunction((id) => Number(document.querySelector(".list-body [aria-selected=true] .id")?.textContent) !== id, first);
  const second = await activeId();
  await press("d");
  await at(new RegExp(`^/compare/${first}/${second}$`));
  await page.waitForSelector(".sentence");
  await press("Escape");
  await at(new RegExp(`^/d/${second}$`));

  console.log("5. the bytes at the difference");
  await open(page, `/d/${invalid}`);
  await page.waitForSelector(".difference .caret");
  await press("b");
  await at(/tab=bytes&at=\d+/);
  await page.waitForSelector(".cursor");
  await tabTo(/^Bytes of the body/);
  await press("ArrowLeft");
  await page.waitForFunction((to) => document.querySelector(".bytes .bar [role=status]")?.textContent?.includes(`byte ${to} of`), setup.lastByte - 1);

  console.log("6. replay, as a dry run");
  await press("r");
  await at(/tab=replay/);
  await page.waitForSelector("section[aria-label='What will be sent'] .command");
  assert.match(await page.locator("section[aria-label='What will be sent'] .command code").innerText(), /^cz-hook replay/);

  console.log("7. re-sign and send");
  await tabTo(/^Signature/);
  await press("ArrowDown");
  await page.waitForFunction(() => /--resign|--profile|--secret/.test(document.querySelector("section[aria-label='What will be sent'] .command code")?.textContent ?? ""));
  await tabTo(/^Send$/);
  await press("Enter");
  await page.waitForSelector("section[aria-label='What was sent'] .result");
  assert.match(await page.locator(".result").first().innerText(), /200/);

  console.log("8. send a sample");
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
  await press("s");
  await at(/^\/send/);
  await page.waitForSelector("section[aria-label='What will be sent'] .command");
  await tabTo(/^Send$/);
  await press("Enter");
  await page.waitForSelector("section[aria-label='What was sent'] .result");
  assert.match(await page.locator(".result").first().innerText(), /200/);

  console.log("9. copy as curl");
  await open(page, `/d/${invalid}`);
  await page.waitForSelector(".difference");
  await press("c");
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith("curl "));
  await press("y");
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith("cz-hook replay "));

  console.log("10. help");
  await press("?");
  await page.waitForSelector("dialog[open]");
  await press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });

  console.log("a command by its name");
  await press("Control+k");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.type("statis");
  await press("Enter");
  await at(/^\/stats/);

  console.log("keys are off in fields, and when they are disabled");
  await press("t");
  await at(/^\/test/);
  await page.waitForSelector("input[type=url]");
  await tabTo(/^Endpoint/);
  await page.keyboard.type("s");
  await page.waitForTimeout(100);
  await at(/^\/test/);
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
  await press("?");
  await tabTo(/^Single keys/);
  await press("Space");
  await press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  await press("s");
  await page.waitForTimeout(100);
  await at(/^\/test/);
  await press("Control+k");
  await page.waitForSelector("dialog[open]");
});
