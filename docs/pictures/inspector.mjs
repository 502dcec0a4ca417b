// Takes the README's pictures of the inspector, light and dark, from a real listener. `make` calls this script.
import { execFileSync, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [binary, folder] = process.argv.slice(2);
const { chromium } = createRequire(`${folder}/../../tests/inspector_page/package.json`)("playwright-core");
const secret = "test_secret";
const env = { ...process.env, CZ_HOOK_SECRET: secret };

const listener = spawn(binary, ["listen", "--port", "0", "--ui", "--quiet"], { env });
const addresses = {};
for await (const line of createInterface({ input: listener.stderr })) {
  const found = /^(listening on|inspector:) (\S+)/.exec(line);
  if (found) addresses[found[1]] = found[2];
  if (Object.keys(addresses).length === 2) break;
}
const url = addresses["listening on"];

// What the browser shows: every sample, and one delivery that was parsed and written again before it was signed.
execFileSync(binary, ["send", "--all", "--url", url], { env, stdio: "ignore" });
const sent = '{"eventType": "lead.submit", "agentId": "agent_abc123", "payload": {"customerName": "Zo\\u00eb"}}';
const signature = createHmac("sha1", secret).update(JSON.stringify(JSON.parse(sent))).digest("hex");
await fetch(url, { method: "POST", body: sent, headers: { "X-Chatzuri-Signature": signature } });

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const colorScheme of ["light", "dark"]) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 620 }, colorScheme });
  await page.goto(addresses["inspector:"]);
  await page.getByText("invalid").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByText("What happened").waitFor();
  await page.screenshot({ path: `${folder}/inspector-${colorScheme}.png` });
  await page.close();
}
await browser.close();
listener.kill();
