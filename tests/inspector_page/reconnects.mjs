// The stream is cut while deliveries arrive: each is in the list once, in order. `setup.part` names one of the parts below.
import http from "node:http";
import { assert, listedIds, open, origin, setup, waitForRows, withPage } from "./browser.mjs";

const { hostname, port } = new URL(origin);
/** @type {Set<http.ServerResponse>} */
const streams = new Set();
let connected = 0;

// The server accepts its own Host and Origin only, so the proxy sets them.
const proxy = http.createServer((request, response) => {
  const headers = { ...request.headers, host: `${hostname}:${port}` };
  if (headers.origin) headers.origin = origin;
  const asked = http.request({ hostname, port, path: request.url, method: request.method, headers }, (given) => {
    response.writeHead(given.statusCode ?? 502, given.headers);
    given.pipe(response);
    if (request.url?.includes("/stream")) {
      connected += 1;
      streams.add(response);
    }
  });
  asked.on("error", () => response.destroy());
  response.on("close", () => {
    streams.delete(response);
    asked.destroy();
  });
  request.pipe(asked);
});
await new Promise((resolve) => proxy.listen(0, "127.0.0.1", () => resolve(null)));
const address = proxy.address();
setup.proxy = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;

/** @param {number} n */
function deliver(n) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${setup.listener}/in`, { method: "POST", headers: { "Content-Type": "application/json" } }, (response) => {
      response.resume();
      response.on("end", resolve);
    });
    request.on("error", reject);
    request.end(JSON.stringify({ eventType: "lead.submit", n }));
  });
}

let sent = 0;
function cut() {
  for (const stream of streams) stream.destroy();
}

/** Opens the list and waits for its stream. @param {import("playwright-core").Page} page */
async function openList(page) {
  await open(page, "/");
  await page.waitForSelector(".stream.open");
}

/** @type {Record<string, (page: import("playwright-core").Page) => Promise<void>>} */
const PARTS = {
  async everyDelivery(page) {
    await openList(page);
    while (connected < 25) {
      await deliver(++sent);
      if (sent % 3 === 0) cut();
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await waitForRows(page, sent);
    assert.deepEqual(await listedIds(page), Array.from({ length: sent }, (_, i) => i + 1));
    assert.equal(await page.locator(".count").innerText(), sent.toLocaleString("en"));
    console.log(`${sent} deliveries over ${connected} connections`);
  },

  // The list stays where it is read, and counts what is new.
  async place(page) {
    while (sent < 100) await deliver(++sent);
    await openList(page);
    await page.evaluate(() => {
      /** @type {HTMLElement} */ (document.querySelector(".list")).scrollTop = 140;
    });
    await page.waitForFunction(() => document.querySelector(".list-body [aria-rowindex='7']"));
    cut();
    for (let i = 0; i < 3; i++) await deliver(++sent);
    await page.getByRole("button", { name: "3 new deliveries" }).waitFor();
    assert.equal(await page.evaluate(() => document.querySelector(".list")?.scrollTop), 140);
    await page.getByRole("button", { name: "3 new deliveries" }).click();
    await page.waitForFunction((id) => document.querySelector(".list-body [aria-selected=true] .id")?.textContent === String(id), sent);
  },

  async filtered(page) {
    while (sent < 100) await deliver(++sent);
    const before = sent;
    await open(page, `/?q=id:${before + 1}..`);
    await waitForRows(page, 0);
    for (let i = 0; i < 40; i++) {
      await deliver(++sent);
      if (i % 10 === 0) cut();
    }
    await waitForRows(page, sent - before);
    assert.deepEqual(await listedIds(page), Array.from({ length: sent - before }, (_, i) => before + i + 1));
  },
};

await withPage((page) => PARTS[setup.part](page));
proxy.close();
proxy.closeAllConnections();
