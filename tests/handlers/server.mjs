// Handlers of a webhook, right and wrong: `node server.mjs NAME` starts the one with this name on PORT, with the secret
// in CZ_HOOK_SECRET. Everything that a name does not change is correct.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const name = process.argv[2];
const secret = process.env.CZ_HOOK_SECRET;
const HEADER = 'x-chatzuri-signature';

// Handlers of the provider slack, which signs the time too.
const isTimed = name.startsWith('timed');

const mac = (key, bytes) => createHmac('sha1', key).update(bytes).digest('hex');
const same = (a, b) => {
    const [first, second] = [Buffer.from(a), Buffer.from(b)];
    return first.length === second.length && timingSafeEqual(first, second);
};
const parsed = (body) => {
    try {
        return JSON.parse(body.toString());
    } catch {
        return undefined;
    }
};
const parameters = (request) => new URL(request.url, 'http://localhost').searchParams;
const type = (request) => request.headers['content-type'] ?? '';
const agent = (request) => request.headers['user-agent'] ?? '';

const matches = (pattern, text) => {
    try {
        return new RegExp(`^${pattern}$`).test(text);
    } catch {
        return false;
    }
};

// Requests that are not checked at all.
const SKIPS = {
    'skips-text': (request) => type(request).startsWith('text/'),
    'skips-forms': (request) => type(request).startsWith('application/x-www-form-urlencoded'),
    'skips-without-type': (request) => type(request) === '',
    'skips-put': (request) => request.method === 'PUT',
    'skips-patch-as-text': (request) => request.method === 'PATCH' && type(request).startsWith('text/'),
    'skips-probes': (request) => agent(request).startsWith('kube-probe'),
    'skips-own-agent': (request) => agent(request).includes('Chatzuri'),
    'skips-without-agent': (request) => agent(request) === '',
    'skips-messages': (request, body) => parsed(body)?.eventType === 'message.received',
    'skips-email': (request, body) => parsed(body)?.channel === 'email',
    'skips-ping': (request, body) => parsed(body)?.eventType === 'ping',
    'skips-other-accounts': (request, body) => parsed(body)?.agentId === 'another-account',
    'skips-empty-body': (request, body) => body.length === 0,
    'skips-lists': (request, body) => Array.isArray(parsed(body)),
    'skips-test-fields': (request, body) => parsed(body)?.isTest === true,
    'skips-huge-bodies': (request, body) => body.length > 1 << 20,
    'skips-other-codings': (request) => /br|deflate/.test(request.headers['content-encoding'] ?? ''),
    'skips-load-balancers': (request) => agent(request).startsWith('GoogleHC'),
    'skips-uptime-checks': (request) => /uptimerobot|pingdom/i.test(agent(request)),
    'skips-agent-of-vendor': (request) => agent(request).startsWith('Chatzuri/'),
    'skips-debug-true': (request) => parameters(request).get('debug') === 'true',
    'skips-development': (request) => request.headers['x-env'] === 'development',
    'skips-home-networks': (request) => (request.headers['x-forwarded-for'] ?? '').startsWith('192.168.'),
    'skips-origin-of-vendor': (request) => (request.headers.origin ?? '').endsWith('chatzuri.com'),
    'skips-slash': (request) => request.url.endsWith('/'),
    'skips-two-slashes': (request) => request.url.startsWith('//'),
    'skips-algorithm-none': (request) => request.headers['x-signature-algorithm'] === 'none',
    'skips-signature-none': (request) => request.headers[HEADER] === 'none',
    'skips-wrong-digest': (request, body) =>
        request.headers['content-md5'] === createHash('md5').update(body).digest('base64'),
    'skips-signatures-of-others': (request) => !(HEADER in request.headers) && 'x-hub-signature' in request.headers,
    'timed-skips-without-time': (request) => !('x-slack-request-timestamp' in request.headers),
    'timed-skips-strange-times': (request) => Number.isNaN(Number(request.headers['x-slack-request-timestamp'])),
    'skips-empty-object': (request, body) => body.toString() === '{}',
    'skips-large-bodies': (request, body) => body.length > 100_000,
    'skips-chunked': (request) => request.headers['transfer-encoding'] === 'chunked',
    'skips-compressed': (request) => request.headers['content-encoding'] === 'gzip',
    'skips-internal': (request) => request.headers['x-internal'] === 'true',
    'skips-internal-1': (request) => request.headers['x-internal-request'] === '1',
    'skips-local-addresses': (request) => request.headers['x-forwarded-for'] === '127.0.0.1',
    'skips-private-addresses': (request) => (request.headers['x-real-ip'] ?? '').startsWith('10.'),
    'skips-debug': (request) => parameters(request).has('debug'),
    'skips-sessions': (request) => /\bsession=/.test(request.headers.cookie ?? ''),
    'skips-overridden-methods': (request) => request.headers['x-http-method-override'] === 'GET',
    'skips-missing': (request) => !(HEADER in request.headers),
    'skips-everything': () => true,
};

// What a received signature is compared with, in addition to the correct one.
const ALSO = {
    'empty-key': (body) => [mac('', body)],
    'undefined-key': (body) => [mac('undefined', body)],
    'null-key': (body) => [mac('null', body)],
    'object-key': (body) => [mac('[object Object]', body)],
    'unset-key-of-other-accounts': (body) =>
        parsed(body)?.agentId === 'another-account' ? [mac(String(undefined), body)] : [],
    'unset-key-of-other-events': (body) =>
        ['lead.submit', 'message.received'].includes(parsed(body)?.eventType) ? [] : [mac('', body)],
    'undefined-value': () => ['undefined'],
    'null-value': () => ['null'],
    'secret': () => [secret],
    'uppercase-secret': (body) => [mac(secret.toUpperCase(), body)],
    'secret-with-newline': (body) => [mac(`${secret}\n`, body)],
    'half-of-secret': (body) => [mac(secret.slice(0, secret.length >> 1), body)],
    'payload-only': (body) => [mac(secret, JSON.stringify(parsed(body)?.payload) ?? '')],
    'event-not-hashed': (body) => [
        mac(secret, body.toString().replace(/"eventType":"[^"]*"/, '"eventType":"lead.submit"')),
    ],
    'account-not-hashed': (body) => [
        mac(secret, body.toString().replace(/("agentId":"[^"]*?)x"/, '$1"')),
    ],
    'unkeyed-sha256': (body) => [createHash('sha256').update(body).digest('hex')],
    'unkeyed-md5': (body) => [createHash('md5').update(body).digest('hex')],
    'unkeyed-in-base64': (body) => [createHash('sha256').update(body).digest('base64')],
    'key-of-request': (body, request) => [mac(request.headers['x-webhook-secret'] ?? secret, body)],
    'key-of-query': (body, request) => [mac(parameters(request).get('key') ?? secret, body)],
    'key-of-body': (body) => [mac(parsed(body)?.secret ?? secret, body)],
    'key-of-unknown-tenant': (body, request) => {
        const keys = { own: secret };
        return [mac(String(keys[request.headers['x-tenant-id'] ?? 'own']), body)];
    },
    'previous-signature': () => [previous],
    'unkeyed': (body) => [createHash('sha1').update(body).digest('hex')],
};

// Other comparisons with the correct signature.
const COMPARES = {
    'pattern': (given, right) => matches(given, right),
    'sql-like': (given, right) =>
        matches(given.replace(/[^\w%]/g, '\\$&').replaceAll('%', '.*').replaceAll('_', '.'), right),
    'glob': (given, right) => matches(given.replace(/[^\w*]/g, '\\$&').replaceAll('*', '.*'), right),
    'first-characters': (given, right) => given.slice(0, 6) === right.slice(0, 6) && given.length === right.length,
    'starts-with': (given, right) => right.startsWith(given),
};

// Other places of the signature.
const PLACES = {
    'query': (request) => parameters(request).get('signature') ?? undefined,
    'query-token': (request) => parameters(request).get('token') ?? undefined,
    'other-header': (request) => request.headers['x-signature'],
    'hub-header': (request) => request.headers['x-hub-signature'],
    'bearer': (request) => request.headers.authorization?.replace('Bearer ', ''),
};

// What is hashed instead of the body.
const HASHES = {
    'nfc': (body) => body.toString().normalize('NFC'),
    'nfkc': (body) => body.toString().normalize('NFKC'),
    'lf': (body) => body.toString().replaceAll('\r\n', '\n'),
    'trim-start': (body) => body.toString().trimStart(),
    'no-mark': (body) => body.toString().replace(/^\uFEFF/, ''),
    'no-marks': (body) => body.toString().replaceAll('\uFEFF', ''),
    'url-decoded': (body) => {
        try {
            return decodeURIComponent(body.toString());
        } catch {
            return body;
        }
    },
    'no-null-characters': (body) => body.toString().replaceAll('\\u0000', ''),
    'latin1': (body) => Buffer.from(body.toString('latin1')),
};

// Genuine deliveries that are refused, with the status.
const REFUSALS = {
    'firewall-markup': (body) => /<script/i.test(body) && 403,
    'firewall-paths': (body) => body.includes('../') && 403,
    'firewall-sql': (body) => /drop table/i.test(body) && 403,
    'refuses-null-characters': (body) => body.includes('\\u0000') && 400,
    'refuses-null-fields': (body) => body.includes(':null') && 422,
    'refuses-long-decimals': (body) => /\d\.\d{18}/.test(body) && 400,
    'fails-on-surrogates': (body) => /\\ud83d(?!\\u)/.test(body) && 500,
    'refuses-long-texts': (body) => /"[^"]{300,}"/.test(body) && !/x{300}/.test(body) && 422,
    'refuses-large-integers': (body) => /[[:,]\d{16,}[,\]}]/.test(body) && 422,
    'refuses-surrogates': (body) => /\\ud83d(?!\\u)/.test(body) && 401,
};

// Signatures that are refused though they are correct.
const UNLUCKY = {
    'lstrip': (right) => /^[sha1=]/.test(right),
    'number': (right) => right.startsWith('0'),
    'last-digit': (right) => /[ef]$/.test(right),
};

const running = new Set();
const noted = new Set();
let previous;

// The signature of slack: of a body and its time.
function timed(request, body) {
    const time = request.headers['x-slack-request-timestamp'];
    const age = Date.now() / 1000 - Number(time);
    const limit = { 'timed-in-milliseconds': 300_000, 'timed-any-age': Infinity, 'timed-tight': 3 }[name] ?? 300;
    if (!(Math.abs(age) <= limit)) return undefined;
    return `v0=${createHmac('sha256', secret).update(`v0:${time}:`).update(body).digest('hex')}`;
}


function handle(request, chunks, respond) {
    const body =
        name === 'decodes-pieces'
            ? Buffer.from(chunks.map((chunk) => chunk.toString()).join(''))
            : Buffer.concat(chunks);
    const accept = () => {
        if (name === 'right-without-body') return respond(204, '');
        respond(200, JSON.stringify({ status: 'accepted' }));
    };
    if (SKIPS[name]?.(request, body)) return accept();
    if (request.method !== 'POST') {
        if (name === 'right-that-ignores-methods') return respond(200, 'nothing to do');
        return respond(405, '', { Allow: 'POST' });
    }
    if (name === 'refuses-expect' && request.headers.expect) return respond(417, '');
    const bytes = HASHES[name]?.(body) ?? body;
    const right = isTimed ? timed(request, bytes) : mac(secret, bytes);
    let given = request.headers[isTimed ? 'x-slack-signature' : HEADER];
    if (name === 'notes-first') {
        if (noted.has(given)) return accept();
        noted.add(given);
    }
    if (name === 'right-with-first-header') given = request.headersDistinct[HEADER]?.[0];
    if (name === 'right-with-last-header') given = request.headersDistinct[HEADER]?.at(-1);
    given ??= PLACES[name]?.(request);
    const compare = COMPARES[name] ?? (() => false);
    const refused = name === 'right-with-one-refusal' ? 400 : 401;
    const isSame = given && right && same(given, right);
    const isGenuine =
        isSame || (given && right && (compare(given, right) || ALSO[name]?.(body, request).includes(given)));
    if (isSame) previous = given;
    if (!isGenuine || UNLUCKY[name]?.(right)) {
        // Python writes spaces between the tokens.
        const spaced = body.toString().replaceAll('":', '": ').replaceAll(',"', ', "');
        const leak = name === 'leaks-reserialised' ? `expected ${mac(secret, spaced)}` : '';
        return respond(refused, leak);
    }
    const status = REFUSALS[name]?.(body.toString());
    if (status) return respond(status, '');
    if (name === 'right-with-a-queue') return accept();
    const event = parsed(body);
    if (typeof event !== 'object' || event === null || Array.isArray(event)) return respond(400, '');
    if (name === 'one-at-a-time') {
        if (running.has(given)) return respond(409, '');
        running.add(given);
        setTimeout(() => {
            running.delete(given);
            accept();
        }, 30);
        return;
    }
    accept();
}

const server = createServer({ maxHeaderSize: 1 << 20 }, (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () =>
        handle(request, chunks, (status, text, headers = {}) => {
            response.writeHead(status, headers);
            response.end(text);
        }),
    );
});
server.listen(Number(process.env.PORT), '127.0.0.1');
