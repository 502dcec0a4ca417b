// @ts-check
// Short messages: shown for a moment, and read by screen readers.
import { Value } from "./value.mjs";

/** @type {Value<string>} */
export const message = new Value("");
/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;

/** @param {string} text */
export function announce(text) {
  clearTimeout(timer);
  message.set(text);
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
  timer = setTimeout(() => message.set(""), 4000);
}

/**
 * @param {string} text
 * @param {string} what what was copied, for the message
 */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`Copied ${what}.`);
  } catch {
    announce("The browser did not allow copying.");
  }
}
