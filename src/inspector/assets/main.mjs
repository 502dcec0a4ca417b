// @ts-check
// Starts the page: takes the token, asks for the session, shows the frame.
import { get, takeToken } from "./api.mjs";
import { App } from "./app.mjs";
import { ErrorNote } from "./common.mjs";
import { html, render } from "./html.mjs";

const root = /** @type {HTMLElement} */ (document.getElementById("app"));

async function start() {
  if (!takeToken()) {
    const error = { message: "This page needs its token.", hint: "Open the whole URL that cz-hook printed, with the part after #." };
    return render(html`<main class="screen"><h1>cz-hook</h1><${ErrorNote} error=${error} /></main>`, root);
  }
  try {
    const session = await get("session");
    root.replaceChildren();
    render(html`<${App} session=${session} />`, root);
  } catch (error) {
    render(html`<main class="screen"><h1>cz-hook</h1><${ErrorNote} error=${error} /></main>`, root);
  }
}

// A URL that is pasted over this one brings the token of another run.
addEventListener("hashchange", () => {
  if (location.hash.length > 1 && takeToken()) location.reload();
});
start();
