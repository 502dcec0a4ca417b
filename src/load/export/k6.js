// Webhooks for k6, written by cz-hook:
//   CZ_HOOK_SECRET=… k6 run FILE
// CZ_HOOK_URL replaces the URL. The requests are those of cz-hook with the same --seed, each once in all instances of a
// distributed run.
import http from 'k6/http';
import crypto from 'k6/crypto';
import encoding from 'k6/encoding';
import exec from 'k6/execution';
import { Counter, Rate } from 'k6/metrics';

const PLAN = '@PLAN@';
export const options = '@OPTIONS@';

const SECRET = __ENV.CZ_HOOK_SECRET;
const URL = __ENV.CZ_HOOK_URL || PLAN.url;
const unexpected = new Counter('unexpected');
const unanswered = new Counter('unanswered');
const unexpectedShare = new Rate('unexpected_share');
const unansweredShare = new Rate('unanswered_share');

// A random number that follows from the seed, the request and the purpose.
function draw(n, stream) {
  const words = [PLAN.seed[0], PLAN.seed[1], n % 4294967296, Math.floor(n / 4294967296), stream];
  let h = 0;
  for (const word of words) {
    h = ((h ^ word) + 0x9e3779b9) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
  }
  return h >>> 0;
}

function kindOf(n) {
  if (PLAN.weights === null) return n % PLAN.kinds.length;
  if (PLAN.weights.length < 2) return 0;
  const total = PLAN.weights.reduce((sum, weight) => sum + weight, 0);
  const at = (draw(n, 0) / 4294967296) * total;
  let sum = 0;
  for (let i = 0; i < PLAN.weights.length; i++) {
    sum += PLAN.weights[i];
    if (at < sum) return i;
  }
  return PLAN.weights.length - 1;
}

function intentOf(n) {
  const at = draw(n, 1) / 4294967296;
  let sum = PLAN.duplicate;
  if (at < sum) return 'duplicate';
  for (const [how, share] of PLAN.tamper) {
    sum += share;
    if (at < sum) return how;
  }
  return 'valid';
}

// The earlier request that a duplicate repeats.
function original(n) {
  if (n === 0) return -1;
  const from = n - 1 - (draw(n, 2) % Math.min(n, 100));
  for (let m = from; m >= Math.max(0, from - 100); m--) {
    if (intentOf(m) === 'valid') return m;
  }
  return -1;
}

function uuid(n, stream) {
  let hex = '';
  for (let i = 0; i < 4; i++) hex += draw(n, stream + i).toString(16).padStart(8, '0');
  const variant = (8 + (parseInt(hex[16], 16) % 4)).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function fill(pieces, values) {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : values[piece[0]])).join('');
}

function keyOf(kind) {
  if (kind.key === 'raw') return SECRET;
  let text = SECRET.trim();
  if (text.startsWith(kind.key_prefix)) text = text.slice(kind.key_prefix.length);
  if (kind.key === 'base64') return encoding.b64decode(text.replace(/=+$/, '').replace(/-/g, '+').replace(/_/g, '/'), 'rawstd');
  return new Uint8Array(text.match(/../g).map((pair) => parseInt(pair, 16))).buffer;
}

function signatureOf(kind, values, intent) {
  const algorithm = intent === 'algorithm' ? kind.other_algorithm : kind.algorithm;
  if (algorithm === null) return '';
  if (kind.token) return intent === 'secret' ? `${SECRET}-another` : SECRET;
  let key = keyOf(kind);
  if (intent === 'secret') {
    const bytes = typeof key === 'string' ? Array.from(unescape(encodeURIComponent(key)), (c) => c.charCodeAt(0)) : Array.from(new Uint8Array(key));
    key = new Uint8Array(bytes.concat(Array.from('-another', (c) => c.charCodeAt(0)))).buffer;
  }
  const text = fill(kind.signed, values);
  const form = { hex: 'hex', base64: 'base64', base64url: 'base64rawurl' }[kind.encoding];
  if (algorithm === 'sha256') return crypto.sha256(text, form);
  return crypto.hmac(algorithm.replace('hmac-', ''), key, text, form);
}

// The body with another character: the last letter or digit before a closing quote that is not part of an escape, or else
// the last one.
function changed(body) {
  let place = body.length - 1;
  for (let at = place - 1; at >= 0; at--) {
    if (/[A-Za-z0-9]"/.test(body.slice(at, at + 2)) && !/\\[A-Za-z0-9]{0,4}$/.test(body.slice(Math.max(0, at - 5), at))) {
      place = at;
      break;
    }
  }
  return body.slice(0, place) + (body[place] === 'x' ? 'y' : 'x') + body.slice(place + 1);
}

// The n-th request, as cz-hook sends it.
export function request(n, nowMs) {
  let intent = intentOf(n);
  let content = n;
  if (intent === 'duplicate') {
    content = original(n);
    if (content < 0) [intent, content] = ['valid', n];
  }
  const kind = PLAN.kinds[kindOf(content)];
  const values = {
    n: String(content),
    uuid: uuid(content, 3),
    delivery_uuid: uuid(content, 7),
    now_ms: String(nowMs),
    now: String(Math.floor(nowMs / 1000)),
    now_rfc3339: new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    secret: SECRET,
  };
  values.body = fill(kind.body, values);
  values.signature = signatureOf(kind, values, intent);
  if (intent === 'signature') values.signature = (values.signature[0] === 'a' ? 'b' : 'a') + values.signature.slice(1);
  if (intent === 'uppercase') values.signature = values.signature.toUpperCase();
  if (intent === 'body') values.body = changed(values.body);
  const headers = {};
  for (const [name, pieces] of kind.headers) {
    const isSignature = pieces.some((piece) => piece[0] === 'signature' && typeof piece !== 'string');
    if (isSignature && intent === 'missing') continue;
    headers[name] = fill(pieces, values);
    if (isSignature && intent === 'truncated') headers[name] = headers[name].slice(0, Math.floor(headers[name].length / 2));
  }
  return { intent, body: values.body, headers };
}

export function setup() {
  if (!SECRET && PLAN.kinds.some((kind) => kind.algorithm !== null)) throw new Error('set CZ_HOOK_SECRET');
}

export default function () {
  const n = exec.scenario.iterationInTest;
  if (PLAN.count !== null && n >= PLAN.count) return;
  const { intent, body, headers } = request(n, Date.now());
  const response = http.request(PLAN.method, URL, body, { headers, redirects: 0, tags: { intent, name: 'webhook' } });
  const isValid = intent === 'valid' || intent === 'duplicate';
  const isExpected = Math.floor(response.status / 100) === (isValid ? 2 : 4);
  unexpected.add(isExpected ? 0 : 1);
  unexpectedShare.add(!isExpected);
  unanswered.add(response.status === 0 ? 1 : 0);
  unansweredShare.add(response.status === 0);
}
