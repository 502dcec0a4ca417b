// Asks this Node.js. Standard input: a line of formulas (a JSON array, `x` is the input), then documents in
// base64. Standard output: the version, then for each document each formula's bytes in base64, `!` if refused.
import { readFileSync } from "node:fs";

const [formulas, ...documents] = readFileSync(0, "utf8").trimEnd().split("\n");
const functions = JSON.parse(formulas).map((formula) => new Function("x", `return ${formula}`));
const lines = documents.map((line) => {
  const x = Buffer.from(line, "base64").toString("utf8");
  const print = (f) => {
    try {
      return "=" + Buffer.from(f(x), "utf8").toString("base64");
    } catch {
      return "!";
    }
  };
  return functions.map(print).join(" ");
});
process.stdout.write(`Node.js ${process.version}\n${lines.join("\n")}\n`);
