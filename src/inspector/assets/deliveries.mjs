// @ts-check
// The main screen: the filter, the list, and beside it the delivery that is open.
import { useAction } from "./actions.mjs";
import { announce } from "./announce.mjs";
import { Command } from "./common.mjs";
import { DeliveryView } from "./delivery.mjs";
import { FilterBar } from "./filter.mjs";
import { html, useEffect, useLayoutEffect, useRef, useState } from "./html.mjs";
import { List } from "./list.mjs";
import { compareUrl, deliveryUrl, listUrl, navigate } from "./route.mjs";
import { isFailure } from "./rows.mjs";
import { plural } from "./text.mjs";
import { useValue } from "./value.mjs";

const MAX_PAGES = 20;

/**
 * @param {{route: import("./route.mjs").Route, rows: import("./rows.mjs").Rows, session: import("./api.mjs").Session,
 *   marked: number, onMark: (id: number) => void, onExport: () => void}} props
 */
export function Deliveries({ route, rows, session, marked, onMark, onExport }) {
  const element = useRef(/** @type {HTMLElement|null} */ (null));
  const list = useRef(/** @type {List|null} */ (null));
  const [follows, setFollows] = useState(true);
  const [seen, setSeen] = useState(0);
  useValue(rows.changed);
  const openId = route.name === "delivery" ? route.id : 0;
  const isLoading = rows.isLoading && rows.rows.length === 0;
  const latest = useRef({ openId, tab: route.tab });
  latest.current = { openId, tab: route.tab };
  const open = (/** @type {number} */ id) => (id < 0 ? announce("Nothing more is kept of a rejected request.") : navigate(deliveryUrl(id, { tab: latest.current.openId ? latest.current.tab : "" }), { replace: latest.current.openId > 0 }));

  // Before the first frame, so that it has the rows.
  useLayoutEffect(() => {
    if (!element.current) return;
    list.current = new List(element.current, rows, {
      open,
      active: (id) => latest.current.openId > 0 && latest.current.openId !== id && open(id),
      follows: setFollows,
    });
    if (!openId) element.current.focus();
    return () => list.current?.close();
  }, []);
  useLayoutEffect(() => {
    if (!list.current) return;
    list.current.openId = openId;
    list.current.markedId = marked;
    if (openId) {
      list.current.setFollows(false);
      list.current.setActive(openId);
    }
    list.current.schedule();
  }, [openId, marked, isLoading]);
  useEffect(() => {
    setSeen(rows.newest);
  }, [follows ? rows.newest : isLoading]);

  const activeId = () => openId || list.current?.activeId || 0;
  const failure = async (/** @type {1|-1} */ direction) => {
    for (let page = 0; page < MAX_PAGES; page++) {
      const at = rows.indexOf(activeId());
      let index = at < 0 ? (direction > 0 ? 0 : rows.rows.length - 1) : at + direction;
      for (; index >= 0 && index < rows.rows.length; index += direction) {
        const row = rows.rows[index];
        if (row && isFailure(row)) return list.current?.activate(index);
      }
      if (direction < 0 ? !rows.hasOlder : !rows.hasNewer) break;
      await (direction < 0 ? rows.older() : rows.newer());
    }
    announce(direction > 0 ? "No later failure." : "No earlier failure.");
  };
  const close = () => {
    navigate(listUrl());
    element.current?.focus();
  };
  const mark = (/** @type {number} */ id) => {
    if (id <= 0) return announce("Choose a delivery first, with j or k.");
    onMark(marked === id ? 0 : id);
    announce(marked === id ? "No delivery is marked." : `Delivery ${id} is marked. Choose another and press d to compare.`);
  };
  useAction("next", () => list.current?.move(1));
  useAction("previous", () => list.current?.move(-1));
  useAction("open", () => activeId() && open(activeId()));
  useAction("back", openId ? close : null);
  useAction("follow", () => list.current?.toEnd());
  useAction("next-failure", () => failure(1));
  useAction("previous-failure", () => failure(-1));
  useAction("mark", () => mark(activeId()));
  useAction("compare", () => (marked && activeId() && marked !== activeId()
    ? navigate(compareUrl(marked, activeId()))
    : announce("Mark one delivery with m, choose another, and press d.")));
  useAction("export", onExport);
  for (const [id, tab] of /** @type {const} */ ([["bytes", "bytes"], ["replay", "replay"], ["edit", "replay"]])) {
    // Without an open delivery, these open the active one.
    useAction(id, openId ? null : () => activeId() > 0 && navigate(deliveryUrl(activeId(), { tab })));
  }

  const unseen = rows.hasNewer ? rows.unseen : rows.rows.length - 1 - lastIndex(rows, seen);
  const isEmpty = rows.rows.length === 0 && !rows.isLoading && !rows.error;
  return html`<div class="deliveries ${openId ? "has-detail" : ""}">
    <section class="master" aria-label="Deliveries">
      <${FilterBar} rows=${rows} onExport=${onExport} />
      <div class="list-frame">
        <div class="list ${isEmpty ? "is-empty" : ""}" ref=${element} role="grid" aria-label="Deliveries" tabindex="0"></div>
        ${isEmpty && html`<${Empty} rows=${rows} session=${session} />`}
        ${!follows && unseen > 0 && html`<button type="button" class="new-rows" onClick=${() => list.current?.toEnd()}>${plural(unseen, "new delivery", "new deliveries")} ↓</button>`}
      </div>
    </section>
    ${openId > 0 && html`<section class="detail" aria-label="Delivery ${openId}">
      <${DeliveryView} route=${route} session=${session} marked=${marked} onMark=${onMark} /></section>`}
  </div>`;
}

/** The index of the last row up to an id. @param {import("./rows.mjs").Rows} rows @param {number} id */
function lastIndex(rows, id) {
  let index = rows.rows.length - 1;
  while (index >= 0 && (rows.rows[index]?.id ?? 0) > id) index -= 1;
  return index;
}

/** @param {{rows: import("./rows.mjs").Rows, session: import("./api.mjs").Session}} props */
function Empty({ rows, session }) {
  if (rows.filter) {
    return html`<div class="empty"><p>No delivery matches <code>${rows.filter}</code>.</p>
      <p><a href="/">Show all deliveries</a></p></div>`;
  }
  if (session.mode === "file") return html`<div class="empty"><p>The capture <code>${session.source}</code> is empty.</p></div>`;
  return html`<div class="empty">
    <p>No delivery yet. Each delivery that <code>${session.source}</code> receives is shown here. Send one:</p>
    <${Command} text=${`cz-hook send --url ${session.source}/webhook`} />
    <${Command} text=${`curl ${session.source}/webhook -H 'Content-Type: application/json' -d '{"hello":"world"}'`} what="the curl command" />
    <p>Or <a href="/send">send a sample from here</a>.</p>
  </div>`;
}
