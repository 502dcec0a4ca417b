// @ts-check
// What a person chose for this browser: the theme, and whether the keys work.
import { Value } from "./value.mjs";

/** @typedef {"system"|"light"|"dark"} Theme */

/** @type {Value<Theme>} */
export const theme = new Value(/** @type {Theme} */ (localStorage.getItem("cz-hook-theme") ?? "system"));
export const keysEnabled = new Value(localStorage.getItem("cz-hook-keys") !== "off");

function applyTheme() {
  if (theme.current === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.current;
}

applyTheme();
theme.subscribe((value) => {
  localStorage.setItem("cz-hook-theme", value);
  applyTheme();
});
keysEnabled.subscribe((value) => localStorage.setItem("cz-hook-keys", value ? "on" : "off"));
