// The files of the page: without anything that makes HTML or code of text, and vendored modules as they were published.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";

const ASSETS = new URL("../../src/inspector/assets/", import.meta.url);
const BARRED = /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function|srcdoc|DOMParser|createContextualFragment|javascript:|\.cookie\b/;
// Their first use takes a browser twenty milliseconds.
const SLOW = /\bIntl\b|toLocale\w*String/;
const JOINED = /^(import (\{ \w+(, \w+)* \}|\* as \w+|\w+) from "\.\/(vendor\/)?\w+\.mjs";|export ((async )?function\*?|class|const) (\w|\{ \w+(, \w+)* \} = ).*)$/;

const read = (/** @type {string} */ name) => readFileSync(new URL(name, ASSETS));
const files = readdirSync(ASSETS, { recursive: true, withFileTypes: true })
  .filter((one) => one.isFile())
  .map((one) => (one.parentPath.endsWith("/vendor") ? `vendor/${one.name}` : one.name));

for (const name of files) {
  const bytes = read(name);
  if (name.startsWith("vendor/")) continue;
  const text = bytes.toString();
  const barred = BARRED.exec(text);
  assert.equal(barred, null, `${name} has ${barred?.[0]}`);
  if (name.endsWith(".mjs")) {
    assert.doesNotMatch(text.replace(/^\/\/.*$/gm, ""), SLOW, name);
    assert.ok(text.startsWith("// @ts-check\n//"), `${name} starts with @ts-check and what it is for`);
    // The build removes comments without reading the code around them.
    for (const [comment] of text.matchAll(/\/\*\*[^]*?(\*\/|$)/g)) assert.match(comment, /^\/\*\*[\s*]+[`@A-Z][^]*\*\/$/, `${name}: a comment`);
    for (const [, before] of text.matchAll(/^(.*?)\/\*/gm)) assert.ok((before?.split('"').length ?? 0) % 2 === 1, `${name}: a text that looks like a comment`);
    // The build joins the modules, line by line.
    for (const [line] of text.matchAll(/^(import|export)\b.*/gm)) assert.match(line, JOINED, `${name}: an import or export`);
    for (const [, from] of text.matchAll(/from "([^"]+)"/g)) assert.match(from ?? "", /^\.\//, `${name} imports ${from}`);
  }
  if (name.endsWith(".html")) assert.ok(!/<style|<script(?![^>]*\bsrc=)|\bon\w+=|\bstyle=/.test(text), `${name} has inline script or style`);
  if (name.endsWith(".css")) assert.ok(!/@import|url\(/.test(text), `${name} loads something`);
}

// Each module that the browser asks for is named in the page, so that it asks for all at once.
const named = [...read("index.html").toString().matchAll(/(?:href|src)="\/assets\/([^"]+\.mjs)"/g)].map(([, name]) => name);
const asked = files.filter((one) => /^(main|vendor\/.*)\.mjs$/.test(one));
assert.deepEqual(named.sort(), asked.sort(), "the modules in index.html");

const listed = read("vendor/SHA256SUMS").toString().trim().split("\n").map((line) => line.split("  "));
assert.deepEqual(listed.map(([, name]) => name).sort(), files.filter((one) => one.startsWith("vendor/") && !one.endsWith("SHA256SUMS")).map((one) => one.slice(7)).sort());
for (const [hash, name] of listed) {
  assert.equal(createHash("sha256").update(read(`vendor/${name}`)).digest("hex"), hash, `the hash of ${name}`);
}

// As published, but for the comment that names a source map, and the import that needs a path in a browser.
const published = (/** @type {string} */ path) => readFileSync(new URL(`node_modules/${path}`, import.meta.url)).toString()
  .replace(/\/\/# sourceMappingURL=.*\n?$/, "").replace('from"preact"', 'from"./preact.mjs"');
for (const [name, path] of [["preact.mjs", "preact/dist/preact.mjs"], ["hooks.mjs", "preact/hooks/dist/hooks.mjs"], ["htm.mjs", "htm/dist/htm.mjs"]]) {
  assert.equal(read(`vendor/${name}`).toString().trim(), published(path ?? "").trim(), `${name} is what was published`);
}
