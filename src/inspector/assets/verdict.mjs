// @ts-check
// The verdict on a delivery: what is wrong, how the signature came about, how to fix it, and what the document says.
import { Command } from "./common.mjs";
import { DifferenceView } from "./difference.mjs";
import { html } from "./html.mjs";
import { Visible, plural } from "./text.mjs";

/** @param {{detail: any, onTab: (tab: string) => void, onBytes: (offset: number) => void}} props */
export function VerdictView({ detail, onTab, onBytes }) {
  const { verdict, delivery, violations, command } = detail;
  const diagnosis = verdict.diagnosis ?? delivery.diagnosis ?? null;
  const difference = verdict.difference ?? null;
  return html`
    <p class="sentence"><${Visible} text=${verdict.sentence} /></p>
    ${diagnosis && html`<dl class="facts">
      ${diagnosis.causes?.length > 0 && fact("Cause", html`<span class="mono">${diagnosis.causes.join(" + ")}</span>`)}
      ${fact(diagnosis.found ? "What happened" : "What was ruled out", html`<${Visible} text=${diagnosis.explanation} keepLines />`)}
      ${diagnosis.formula && fact("Formula", html`<code><${Visible} text=${diagnosis.formula} /></code>`)}
      ${diagnosis.fix && fact("Fix", html`<${Visible} text=${diagnosis.fix} keepLines />`)}
      ${diagnosis.document && fact("Document", html`<${Visible} text=${diagnosis.document} keepLines />`)}
      ${(diagnosis.evidence ?? []).map((/** @type {any} */ one) => fact("Evidence", html`<${Visible} text=${`${one.explanation} ${one.fix}`} />`))}
    </dl>`}
    ${!diagnosis && delivery.signature?.reason && html`<dl class="facts">${fact("Evidence", html`<${Visible} text=${delivery.signature.reason} />`)}</dl>`}
    <${DifferenceView} difference=${difference} onBytes=${onBytes} />
    ${violations.length > 0 && html`<p><span class="chip bad"><span aria-hidden="true">✕</span> ${plural(violations.length, "violation")}</span>
      of the event's schema. <button type="button" class="link" onClick=${() => onTab("payload")}>Show the payload</button></p>`}
    ${delivery.injected && html`<p>Injected fault: <${Visible} text=${delivery.injected} max=${500} /></p>`}
    ${delivery.sender_left && html`<p>The sender had left before the response.</p>`}
    ${command && html`<h3>Send it again</h3><${Command} text=${command} />`}`;
}

/** @param {string} name @param {any} value */
function fact(name, value) {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}
