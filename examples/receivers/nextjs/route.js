// A webhook endpoint as a Next.js route handler (App Router, Next.js 13.4 or later): POST /webhook. Save it as
// app/webhook/route.js (or route.ts). Next.js prints what it listens on.
// cz-hook: head
// Run:     npm install next react react-dom && npx next dev --hostname 127.0.0.1 --port 3000
// Signed:  as `chatzuri` signs: HMAC-SHA1 in lowercase hexadecimal, in the header x-chatzuri-signature
// Reads:   CZ_HOOK_SECRET: the signing secret, as for `cz-hook send`
// Refuses: a wrong or missing signature: 400; a method other than POST: 405; more than 2 MB: 413
//          a body that is not a JSON object: 400
// cz-hook: end

// cz-hook: imports
import { createHmac, timingSafeEqual } from 'node:crypto'
// cz-hook: end

export const runtime = 'nodejs'

const MAX_BODY = 2 * 1024 * 1024

// cz-hook: verify
// The settings from the environment.
function readSettings() {
  const secret = setting('CZ_HOOK_SECRET')
  return { key: Buffer.from(secret) }
}

function setting(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}

// Whether the request is signed as `chatzuri` signs: see the top.
function isGenuine({ key }, header, body) {
  const given = header('x-chatzuri-signature')
  if (given === null) return false
  const expected = createHmac('sha1', key).update(body).digest('hex')
  return isEqual(given, expected)
}

// Compares in constant time.
function isEqual(given, expected) {
  const [a, b] = [Buffer.from(given, 'latin1'), Buffer.from(expected, 'latin1')]
  // timingSafeEqual throws when the lengths differ.
  return a.length === b.length && timingSafeEqual(a, b)
}
// cz-hook: end

// cz-hook: parse
// The event; null when the body is not a JSON object.
function parseEvent(body) {
  try {
    const value = JSON.parse(body.toString())
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
// cz-hook: end

export async function POST(request) {
  // Read them here and not at the top of the file: `next build` imports the file, possibly without the secret.
  const settings = readSettings()
  // The raw bytes: the signature covers them, not the parsed body.
  const body = await readBody(request)
  if (!body) return Response.json({ message: 'Too large' }, { status: 413 })
  // Two headers with one name arrive as one value with a comma, which is not a signature.
  const header = (name) => request.headers.get(name)
  if (!isGenuine(settings, header, body)) {
    return Response.json({ message: "Signature didn't match" }, { status: 400 })
  }
  const event = parseEvent(body)
  if (!event) return Response.json({ message: 'Unexpected body' }, { status: 400 })
  // Your work starts here: put `event` into a queue, and ignore events that you do not know.
  return Response.json({ status: 'accepted' })
}

// Next.js itself responds with 405 to methods that are not exported, but without an Allow header.
const notAllowed = () => new Response('Method Not Allowed', { status: 405, headers: { Allow: 'POST' } })
export {
  notAllowed as GET,
  notAllowed as HEAD,
  notAllowed as PUT,
  notAllowed as PATCH,
  notAllowed as DELETE,
  notAllowed as OPTIONS,
}

async function readBody(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BODY) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
