// @ts-check
// Starts the page: takes the token, asks for the session and the newest rows, shows the frame.
import { get, takeToken } from "./api.mjs";
import { App } from "./app.mjs";
import { ErrorNote } from "./common.mjs";
import { html, render } from "./html.mjs";
import { route } from "./route.mjs";
import { Rows } from "./rows.mjs";

/** Milliseconds. */
const SOON = 100;

const root = /** @type {HTMLElement} */ (document.getElementById("app"));

async function start() {
  // What is there before the modules are.
  const show = (/** @type {any} */ content) => {
    root.replaceChildren();
    render(content, root);
  };
  if (!takeToken()) {
    const error = { message: "This page needs its token.", hint: "Open the whole URL that cz-hook printed, with the part after #." };
    return show(html`<main class="screen"><h1>cz-hook</h1><${ErrorNote} error=${error} /></main>`);
  }
  const rows = new Rows();
  const loaded = rows.reset(route.current.q);
  try {
    const session = await get("session");
    // Rows that come this soon are in the first frame.
    await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, SOON))]);
    show(html`<${App} session=${session} rows=${rows} />`);
  } catch (error) {
    show(html`<main class="screen"><h1>cz-hook</h1><${ErrorNote} error=${error} /></main>`);
  }
}

// A URL that is pasted over this one brings the token of another run.
addEventListener("hashchange", () => {
  if (location.hash.length > 1 && takeToken()) location.reload();
});
start();
