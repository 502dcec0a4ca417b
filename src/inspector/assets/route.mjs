// @ts-check
// The URLs of the page: `/`, `/d/ID?tab=…&at=…`, `/compare/A/B`, `/send`, `/test`, `/stats`; the filter is `?q=…`.
import { query } from "./api.mjs";
import { Value } from "./value.mjs";

/**
 * @typedef {{name: "list"|"delivery"|"compare"|"send"|"test"|"stats", id: number, other: number, tab: string,
 *   at: number|null, q: string}} Route
 */

/**
 * @param {{pathname: string, search: string}} url
 * @returns {Route}
 */
export function parse(url) {
  const [, first = "", second = "", third = ""] = url.pathname.split("/");
  const values = new URLSearchParams(url.search);
  const at = values.get("at");
  const base = {
    id: 0,
    other: 0,
    tab: values.get("tab") ?? "",
    at: at !== null && /^\d+$/.test(at) ? Number(at) : null,
    q: values.get("q") ?? "",
  };
  if (first === "d" && /^\d+$/.test(second)) return { ...base, name: "delivery", id: Number(second) };
  if (first === "compare") return { ...base, name: "compare", id: Number(second) || 0, other: Number(third) || 0 };
  if (first === "send" || first === "test" || first === "stats") return { ...base, name: first };
  return { ...base, name: "list" };
}

/** @type {Value<Route>} */
export const route = new Value(parse(location));

addEventListener("popstate", () => route.set(parse(location)));

/**
 * @param {string} url
 * @param {{replace?: boolean}} [options]
 */
export function navigate(url, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  route.set(parse(location));
}

/** @param {string} [q] */
export function listUrl(q = route.current.q) {
  return `/${query({ q })}`;
}

/**
 * @param {number} id
 * @param {{tab?: string, at?: number|null, q?: string}} [options]
 */
export function deliveryUrl(id, { tab = "", at = null, q = route.current.q } = {}) {
  return `/d/${id}${query({ tab, at, q })}`;
}

/** @param {number} a @param {number} b */
export function compareUrl(a, b) {
  return `/compare/${a}/${b}${query({ q: route.current.q })}`;
}

/**
 * Follows links inside the page without loading it again.
 * @param {MouseEvent} event
 */
export function followLink(event) {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.origin !== location.origin || link.target || link.download) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}
