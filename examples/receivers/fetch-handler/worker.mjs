// A webhook endpoint as a fetch handler with WebCrypto, for Cloudflare Workers, Deno and Bun: POST on any path,
// signed in x-chatzuri-signature.
// Cloudflare: npx wrangler secret put SECRET_KEY, then npx wrangler deploy worker.mjs
// Deno 2:     SECRET_KEY=… deno serve --allow-env --host 127.0.0.1 --port 3000 worker.mjs
// Bun:        SECRET_KEY=… bun --hostname 127.0.0.1 --port 3000 worker.mjs

// Cloudflare needs the compatibility flag nodejs_compat for this.
import process from 'node:process'

const { SECRET_KEY } = process.env
if (!SECRET_KEY) throw new Error('SECRET_KEY is not set')

const MAX_BODY = 2 * 1024 * 1024
const algorithm = { name: 'HMAC', hash: 'SHA-1' }
let key

export default {
  async fetch(request) {
    if (request.method !== 'POST') {
      return new Response('Method Not Allowed', { status: 405, headers: { Allow: 'POST' } })
    }
    // The raw bytes: the signature covers them, not the parsed JSON.
    const body = await readBody(request)
    if (!body) return Response.json({ message: 'Too large' }, { status: 413 })
    if (!(await isGenuine(request, body))) {
      return Response.json({ message: "Signature didn't match" }, { status: 400 })
    }
    const event = parseObject(body)
    if (!event) return Response.json({ message: 'Not a JSON object' }, { status: 400 })
    // Your work starts here: put `event` into a queue, and ignore events that you do not know.
    return Response.json({ status: 'accepted' })
  },
}

async function readBody(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BODY) return null
    chunks.push(chunk)
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}

// Two signature headers arrive as one value with a comma, which is not 40 digits.
async function isGenuine(request, body) {
  const given = request.headers.get('x-chatzuri-signature') ?? ''
  if (!/^[0-9a-f]{40}$/.test(given)) return false
  const signature = Uint8Array.from(given.match(/../g), (byte) => parseInt(byte, 16))
  key ??= await crypto.subtle.importKey('raw', new TextEncoder().encode(SECRET_KEY), algorithm, false, ['verify'])
  // Compares in constant time.
  return crypto.subtle.verify('HMAC', key, signature, body)
}

function parseObject(body) {
  try {
    const value = JSON.parse(new TextDecoder().decode(body))
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
