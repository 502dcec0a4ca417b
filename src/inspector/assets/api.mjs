// @ts-check
// The requests to the server. The token comes from the fragment of the URL that the terminal printed; it is kept for this
// tab only and leaves the visible URL at once.

/**
 * @typedef {{id: number, received_at: string|null, method: string, target: string, provider: string|null,
 *   event: string|null, channel: string|null, signature: string|null, payload: string|null, status: number|null,
 *   duration_ms: number|null, size: number, duplicate_of: number|null, rejected: string|null, fault: string|null,
 *   forwarded?: number|null}} Row
 * @typedef {{name: string, has_secret: boolean, provider: string|null}} Profile
 * @typedef {{name: string, title: string, events: {event: string, channels: string[]}[]}} Provider
 * @typedef {{version: string, mode: "listen"|"file", source: string, profiles: Profile[], endpoints: string[],
 *   forward_to: string|null, providers: Provider[], behaviour: Record<string, any>|null, exports: string[]}} Session
 * @typedef {string|{base64: string}} HeaderValue
 * @typedef {[string, HeaderValue][]} Headers
 * @typedef {{path?: string, pointer?: string, message: string}} Finding
 */

const KEY = "cz-hook-token";
let token = "";

/** Takes the token from the URL or from this tab's storage. Returns whether there is one. */
export function takeToken() {
  const fragment = location.hash.slice(1);
  if (fragment) {
    sessionStorage.setItem(KEY, fragment);
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  token = fragment || sessionStorage.getItem(KEY) || "";
  return token !== "";
}

/** What the server refused: what happened, and what to do. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {string} hint
   * @param {number} status
   */
  constructor(message, hint, status) {
    super(message);
    this.hint = hint;
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {RequestInit & {headers?: Record<string, string>}} [options]
 */
export async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      ...options,
      cache: "no-store",
      headers: { ...options.headers, Authorization: `Bearer ${token}` },
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError("cz-hook does not respond", "Is it still running? Start it again and open the URL that it prints.", 0);
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new ApiError(
    said.error ?? `the server responded with ${response.status}`,
    said.hint ?? (response.status === 401 ? "Open the URL that cz-hook printed when it started." : ""),
    response.status,
  );
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(path, signal) {
  return (await request(path, { signal })).json();
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 */
export function send(path, body, signal) {
  return request(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json" },
    signal,
  });
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function post(path, body, signal) {
  return (await send(path, body, signal)).json();
}

/**
 * The bytes from `from` up to but not including `to`.
 * @param {string} path
 * @param {number} from
 * @param {number} to
 * @param {AbortSignal} [signal]
 */
export async function range(path, from, to, signal) {
  const response = await request(path, { headers: { Range: `bytes=${from}-${to - 1}` }, signal });
  const bytes = new Uint8Array(await response.arrayBuffer());
  // A server that ignores the range sends everything.
  return response.status === 206 ? bytes : bytes.slice(from, to);
}

/**
 * The lines of a stream of JSON lines, as they arrive.
 * @param {Response} response
 * @returns {AsyncGenerator<any>}
 */
export async function* jsonLines(response) {
  for await (const line of textLines(response)) {
    if (line) yield JSON.parse(line);
  }
}

/**
 * @param {Response} response
 * @returns {AsyncGenerator<string>}
 */
async function* textLines(response) {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  yield rest;
}

/**
 * Saves an attachment. A link cannot send the token, so the page fetches it.
 * @param {string} path
 * @param {string} name used when the server gives no name
 */
export async function download(path, name) {
  const response = await request(path);
  const given = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = given ?? name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}

/** @param {string|null|undefined} text */
export function fromBase64(text) {
  return Uint8Array.from(atob(text ?? ""), (c) => c.charCodeAt(0));
}

/** @param {Record<string, string|number|null|undefined>} values */
export function query(values) {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value != null && value !== "") all.set(name, String(value));
  }
  const text = all.toString();
  return text ? `?${text}` : "";
}
