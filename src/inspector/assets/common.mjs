// @ts-check
// Small parts that several screens use.
import { announce, copy } from "./announce.mjs";
import { html, useEffect, useRef, useState } from "./html.mjs";

/**
 * Loads something again whenever `key` changes; the result of an older key is dropped.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {unknown} key
 * @returns {{data: T|null, error: any, reload: () => void}}
 */
export function useLoad(load, key) {
  const [state, setState] = useState(/** @type {{key: unknown, data: T|null, error: any}} */ ({ key, data: null, error: null }));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const aborting = new AbortController();
    load(aborting.signal).then(
      (data) => setState({ key, data, error: null }),
      (error) => aborting.signal.aborted || setState({ key, data: null, error }),
    );
    return () => aborting.abort();
  }, [key, turn]);
  const isCurrent = state.key === key;
  return {
    data: isCurrent ? state.data : null,
    error: isCurrent ? state.error : null,
    reload: () => setTurn((n) => n + 1),
  };
}

/** @param {{error: any}} props */
export function ErrorNote({ error }) {
  if (!error) return null;
  return html`<div class="note bad" role="alert">
    <p>${error.message}</p>
    ${error.hint && html`<p class="quiet">${error.hint}</p>`}
  </div>`;
}

export function Loading() {
  return html`<p class="quiet loading">Loading…</p>`;
}

/** @param {{text: string, what: string, label?: string}} props */
export function CopyButton({ text, what, label = "Copy" }) {
  return html`<button type="button" class="small" onClick=${() => copy(text, what)} aria-label="Copy ${what}">${label}</button>`;
}

/** A command line to copy. @param {{text: string, what?: string}} props */
export function Command({ text, what = "the command" }) {
  return html`<div class="command"><code>${text}</code><${CopyButton} text=${text} what=${what} /></div>`;
}

/**
 * A dialog over the page. Escape closes it; the focus goes back to where it was.
 * @param {{title: string, onClose: () => void, children?: any, wide?: boolean}} props
 */
export function Dialog({ title, onClose, children, wide = false }) {
  const element = useRef(/** @type {HTMLDialogElement|null} */ (null));
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return html`<dialog ref=${element} class=${wide ? "wide" : ""} aria-label=${title} onClose=${onClose}
    onClick=${(/** @type {MouseEvent} */ event) => event.target === element.current && onClose()}>
    <div class="dialog-content">
      <header class="dialog-head"><h2>${title}</h2>
        <button type="button" class="small" onClick=${onClose}>Close</button></header>
      ${children}
    </div>
  </dialog>`;
}

/**
 * Tabs with the keys of the pattern: arrows, Home and End.
 * @param {{label: string, tabs: {id: string, title: string, mark?: string}[], current: string,
 *   onChange: (id: string) => void, children?: any}} props
 */
export function Tabs({ label, tabs, current, onChange, children }) {
  const list = useRef(/** @type {HTMLElement|null} */ (null));
  const go = (/** @type {number} */ index) => {
    const tab = tabs[(index + tabs.length) % tabs.length];
    if (!tab) return;
    onChange(tab.id);
    requestAnimationFrame(() => /** @type {HTMLElement|null} */ (list.current?.querySelector('[aria-selected="true"]'))?.focus());
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const at = tabs.findIndex((tab) => tab.id === current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  };
  return html`
    <div class="tabs" role="tablist" aria-label=${label} ref=${list} onKeyDown=${onKeyDown}>
      ${tabs.map((tab) => html`<button type="button" role="tab" id="tab-${tab.id}" key=${tab.id}
        aria-selected=${tab.id === current ? "true" : "false"} aria-controls="panel" tabindex=${tab.id === current ? 0 : -1}
        onClick=${() => onChange(tab.id)}>${tab.title}${tab.mark && html` <span class="mark">${tab.mark}</span>`}</button>`)}
    </div>
    <div class="panel" role="tabpanel" id="panel" aria-labelledby="tab-${current}" tabindex="0">${children}</div>`;
}

/**
 * Runs a task of a button; shows that it runs and what went wrong.
 * @returns {[boolean, any, (task: () => Promise<unknown>) => Promise<void>]}
 */
export function useTask() {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const run = async (/** @type {() => Promise<unknown>} */ task) => {
    setRunning(true);
    setError(null);
    try {
      await task();
    } catch (failed) {
      setError(failed);
      announce(/** @type {Error} */ (failed).message);
    }
    setRunning(false);
  };
  return [isRunning, error, run];
}
