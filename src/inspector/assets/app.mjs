// @ts-check
// The frame of the page: the navigation, the screen of the URL, the stream of new rows, and the dialogs.
import { useAction } from "./actions.mjs";
import { message } from "./announce.mjs";
import { Behaviour } from "./behaviour.mjs";
import { Compare } from "./compare.mjs";
import { Deliveries } from "./deliveries.mjs";
import { Export } from "./export.mjs";
import { Help } from "./help.mjs";
import { html, useEffect, useRef, useState } from "./html.mjs";
import { Palette } from "./palette.mjs";
import { followLink, listUrl, navigate, route } from "./route.mjs";
import { Send } from "./send.mjs";
import { Stats } from "./stats.mjs";
import { openStream } from "./stream.mjs";
import { Test } from "./test.mjs";
import { useValue } from "./value.mjs";

/** @typedef {import("./api.mjs").Session} Session @typedef {"open"|"waiting"|"ended"} StreamState */

const TITLES = { list: "Deliveries", delivery: "Delivery", compare: "Compare", send: "Send", test: "Test", stats: "Statistics" };

/** @param {{session: Session, rows: import("./rows.mjs").Rows}} props */
export function App({ session, rows }) {
  const current = useValue(route);
  const [marked, setMarked] = useState(0);
  const [dialog, setDialog] = useState("");
  const [behaviour, setBehaviour] = useState(session.behaviour);
  const [stream, setStream] = useState(/** @type {StreamState} */ ("open"));
  const main = useRef(/** @type {HTMLElement|null} */ (null));
  const shown = useRef(current.name);
  // A dialog reports late that it was closed: another may be open by then.
  const close = (/** @type {string} */ name) => () => setDialog((now) => (now === name ? "" : now));

  useEffect(() => {
    let isClosed = false;
    let closeStream = () => {};
    // The stream starts where the list ended, so that no row is missed in between.
    rows.started.then((place) => {
      if (isClosed) return;
      closeStream = openStream(place, {
        rows: (all) => rows.add(all),
        event: (name, data) => {
          if (name === "behaviour") setBehaviour(data);
          if (name === "rejected") rows.addRejected();
        },
        state: setStream,
      });
    });
    return () => {
      isClosed = true;
      closeStream();
    };
  }, []);
  useEffect(() => {
    if (rows.filter !== current.q && current.name !== "compare") rows.reset(current.q);
  }, [current.q]);
  useEffect(() => {
    document.title = `${TITLES[current.name]}${current.name === "delivery" ? ` ${current.id}` : ""} – cz-hook`;
  }, [current]);

  useEffect(() => {
    // Another screen takes the focus, so that reading goes on there. The list takes it itself.
    if (shown.current !== current.name && current.name !== "list" && current.name !== "delivery") main.current?.focus();
    shown.current = current.name;
  }, [current.name]);

  useAction("help", () => setDialog("help"));
  useAction("palette", () => setDialog("palette"));
  useAction("export", () => setDialog("export"));
  useAction("send", () => navigate("/send"));
  useAction("test", () => navigate("/test"));
  useAction("stats", () => navigate("/stats"));
  useAction("list", () => navigate(listUrl()));
  useAction("behaviour", behaviour ? () => setDialog("behaviour") : null);
  const hasOwnBack = current.name === "list" || current.name === "delivery" || current.name === "compare";
  useAction("back", hasOwnBack ? null : () => navigate(listUrl()));

  const isList = current.name === "list" || current.name === "delivery";
  return html`<div class="frame" onClick=${followLink}>
    <header class="top">
      <h1><a href="/">cz-hook</a></h1>
      <nav aria-label="Screens">
        ${link("/", "Deliveries", isList || current.name === "compare")}
        ${link("/send", "Send", current.name === "send")}
        ${link("/test", "Test", current.name === "test")}
        ${link("/stats", "Statistics", current.name === "stats")}
      </nav>
      <span class="source"><span class="stream ${stream}" role="status">${streamText(session, stream)}</span> <span class="mono">${session.source}</span></span>
      ${behaviour && html`<button type="button" class="small" onClick=${() => setDialog("behaviour")}>Responses</button>`}
      <button type="button" class="small" onClick=${() => setDialog("help")} aria-label="Keys and settings">?</button>
    </header>
    <main ref=${main} tabindex="-1">
      ${isList && html`<${Deliveries} route=${current} rows=${rows} session=${session} marked=${marked} onMark=${setMarked} onExport=${() => setDialog("export")} />`}
      ${current.name === "compare" && html`<${Compare} route=${current} />`}
      ${current.name === "send" && html`<${Send} session=${session} />`}
      ${current.name === "test" && html`<${Test} session=${session} />`}
      ${current.name === "stats" && html`<${Stats} isLive=${session.mode === "listen"} />`}
    </main>
    <${Toast} />
    ${dialog === "help" && html`<${Help} onClose=${close("help")} version=${session.version} />`}
    ${dialog === "palette" && html`<${Palette} onClose=${close("palette")} />`}
    ${dialog === "export" && html`<${Export} rows=${rows} formats=${session.exports} onClose=${close("export")} />`}
    ${dialog === "behaviour" && behaviour && html`<${Behaviour} behaviour=${behaviour} onChange=${setBehaviour} onClose=${close("behaviour")} />`}
  </div>`;
}

/** @param {string} url @param {string} title @param {boolean} isCurrent */
function link(url, title, isCurrent) {
  return html`<a href=${url} aria-current=${isCurrent ? "page" : undefined}>${title}</a>`;
}

/** @param {Session} session @param {StreamState} stream */
function streamText(session, stream) {
  // A listener may still record into the file.
  if (session.mode === "file" && stream === "open") return "file";
  return { open: "● live", waiting: "○ reconnecting", ended: "○ ended" }[stream];
}

/** The last message, for those who see. The live region of index.html is for those who do not. */
function Toast() {
  const text = useValue(message);
  return text ? html`<div class="toast" aria-hidden="true">${text}</div>` : null;
}
